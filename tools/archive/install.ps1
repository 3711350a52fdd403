<#
.SYNOPSIS
Installs the msturn plugin and its Wireshark profile, MSTURN, for you alone. Needs no administrator.

.DESCRIPTION
The plugin goes to %APPDATA%\Wireshark\plugins\X.Y\epan, the profile to %APPDATA%\Wireshark\profiles\MSTURN. Nothing is
installed when your Wireshark is another one than that which this msturn is for.

With -Remove it takes both away again. Files of the profile that you have changed or added stay as they are, also when a
newer profile is installed. No other profile is touched.

Copyright (C) 2026 The msturn authors
SPDX-License-Identifier: GPL-2.0-or-later

.PARAMETER Remove
Takes the plugin and the profile away again.

.PARAMETER Wireshark
The folder of Wireshark, if it is not found.

.EXAMPLE
powershell -ExecutionPolicy Bypass -File install.ps1
#>
param(
    [switch]$Remove,
    [string]$Wireshark
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$Here = Split-Path -Parent $MyInvocation.MyCommand.Path
$Version = '@VERSION@'        # of msturn
$BuiltFor = '@WIRESHARK@'      # X.Y
$Archives = '@WIRESHARKS@'.Split(' ') # the X.Y for which there is an msturn for Windows

$VersionPattern = '(\d+\.\d+)\.\d+'
$ListedPattern = '^msturn\.dll\s'
$MachineX64 = 0x8664

function Stop-Here([string]$Message) {
    [Console]::Error.WriteLine("install.ps1: $Message")
    exit 1
}

# --- Which Wireshark --------------------------------------------------------------------------------------------------

function Get-RegistryValue([string]$Key, [string]$Value) {
    $item = Get-ItemProperty -LiteralPath $Key -ErrorAction SilentlyContinue
    if ($item -and $item.PSObject.Properties[$Value]) { $item.$Value }
}

# The folders where Wireshark may be, the likeliest first.
function Get-Candidate {
    if ($Wireshark) { return $Wireshark }
    foreach ($software in 'HKLM:\SOFTWARE', 'HKLM:\SOFTWARE\WOW6432Node') {
        Get-RegistryValue "$software\Microsoft\Windows\CurrentVersion\Uninstall\Wireshark" 'InstallLocation'
        Get-RegistryValue "$software\Microsoft\Windows\CurrentVersion\App Paths\Wireshark.exe" 'Path'
    }
    if ($env:ProgramFiles) { Join-Path $env:ProgramFiles 'Wireshark' }
    $command = Get-Command 'tshark.exe' -ErrorAction SilentlyContinue
    if ($command) { Split-Path -Parent $command.Path }
}

function Find-Wireshark {
    $found = @(Get-Candidate | Where-Object { $_ -and (Test-Path -LiteralPath (Join-Path $_ 'Wireshark.exe')) })
    if ($found.Count -eq 0) {
        Stop-Here 'Wireshark was not found. Say where it is: install.ps1 -Wireshark FOLDER'
    }
    $found[0]
}

# What tshark prints. Its complaints must not end this script.
function Invoke-Tshark([string]$Folder, [string[]]$Arguments) {
    $ErrorActionPreference = 'Continue'
    $tshark = Join-Path $Folder 'tshark.exe'
    if (Test-Path -LiteralPath $tshark) { & $tshark @Arguments 2>$null }
}

# Wireshark can be installed without tshark; the program itself has its version, too.
function Get-WiresharkVersion([string]$Folder) {
    $text = @(Invoke-Tshark $Folder @('--version'))
    if ($text.Count -eq 0) { $text = @((Get-Item -LiteralPath (Join-Path $Folder 'Wireshark.exe')).VersionInfo.ProductVersion) }
    if ("$($text[0])" -notmatch $VersionPattern) { Stop-Here "$Folder has a Wireshark that does not tell its version" }
    $Matches[1]
}

# A program says in its header which processor it is for.
function Get-Machine([string]$Program) {
    $stream = [IO.File]::OpenRead($Program)
    try {
        $reader = New-Object IO.BinaryReader $stream
        $null = $stream.Seek(0x3C, [IO.SeekOrigin]::Begin)
        $null = $stream.Seek($reader.ReadInt32() + 4, [IO.SeekOrigin]::Begin)
        $reader.ReadUInt16()
    } finally {
        $stream.Close()
    }
}

function Assert-Wireshark([string]$Folder) {
    $yours = Get-WiresharkVersion $Folder
    if ($yours -ne $BuiltFor) {
        $instead = "there is none for Windows with Wireshark $yours; there is for $($Archives -join ' and ')"
        if ($Archives -contains $yours) { $instead = "take msturn-$Version-wireshark-$yours-windows-x64.zip" }
        Stop-Here "this msturn is for Wireshark $BuiltFor, but yours is ${yours}: $instead"
    }
    if ((Get-Machine (Join-Path $Folder 'Wireshark.exe')) -ne $MachineX64) {
        Stop-Here 'this msturn is for Windows x64, but your Wireshark is for another processor'
    }
}

# --- The profile ------------------------------------------------------------------------------------------------------

# Beside the profile's files: their checksums and names as they were installed.
$ListName = '.msturn.sha256'

function Get-Checksum([string]$Path) { (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash.ToLowerInvariant() }

# Takes those files of an installed profile away that are still as they were installed.
function Remove-Unchanged([string]$Target) {
    $list = Join-Path $Target $ListName
    if (-not (Test-Path -LiteralPath $list)) { return }
    foreach ($line in Get-Content -LiteralPath $list) {
        $sum, $name = $line -split '  ', 2
        $file = Join-Path $Target $name
        if ((Test-Path -LiteralPath $file) -and (Get-Checksum $file) -eq $sum) { Remove-Item -LiteralPath $file }
    }
    Remove-Item -LiteralPath $list
}

function Install-Profile([string]$Target) {
    $null = New-Item -ItemType Directory -Force -Path $Target
    Remove-Unchanged $Target
    $sums = foreach ($file in Get-ChildItem -LiteralPath (Join-Path $Here 'profile\MSTURN') -File) {
        $there = Join-Path $Target $file.Name
        $sum = Get-Checksum $file.FullName
        if (-not (Test-Path -LiteralPath $there)) {
            Copy-Item -LiteralPath $file.FullName -Destination $there
        } elseif ((Get-Checksum $there) -ne $sum) {
            Write-Host "Left as you have changed it: $there (new: $($file.FullName))"
        }
        "$sum  $($file.Name)"
    }
    Set-Content -LiteralPath (Join-Path $Target $ListName) -Value $sums -Encoding ASCII
    Write-Output "Installed the profile MSTURN: $Target"
}

function Remove-Profile([string]$Target) {
    if (-not (Test-Path -LiteralPath $Target)) { return }
    Remove-Unchanged $Target
    $left = @(Get-ChildItem -LiteralPath $Target -Force | Select-Object -ExpandProperty Name)
    # Wireshark writes "recent" by itself, with the widths of the columns.
    if (@($left | Where-Object { $_ -ne 'recent' }).Count -eq 0) {
        Remove-Item -LiteralPath $Target -Recurse -Force
        Write-Output "Removed the profile $Target."
    } else {
        Write-Output "Left what is yours in ${Target}: $($left -join ' ')"
    }
}

# --- The plugin -------------------------------------------------------------------------------------------------------

function Install-Plugin([string]$Plugin) {
    $null = New-Item -ItemType Directory -Force -Path (Split-Path -Parent $Plugin)
    try {
        Copy-Item -LiteralPath (Join-Path $Here "plugins\$BuiltFor\epan\msturn.dll") -Destination $Plugin -Force
    } catch [IO.IOException] {
        Stop-Here "$Plugin cannot be written: $($_.Exception.Message) Is Wireshark running? Close it first."
    }
    Unblock-File -LiteralPath $Plugin # it came out of a download
    Write-Output "Installed the plugin for Wireshark ${BuiltFor}: $Plugin"
}

function Assert-Loaded([string]$Folder) {
    if (-not (Test-Path -LiteralPath (Join-Path $Folder 'tshark.exe'))) { return }
    $env:WIRESHARK_PLUGIN_DIR = $null # it would replace the folder that is to be tried
    if (-not (Invoke-Tshark $Folder @('-G', 'plugins') | Where-Object { $_ -match $ListedPattern })) {
        Stop-Here 'tshark did not load the plugin; `tshark -G plugins` says why'
    }
    Write-Output 'tshark loads it.'
}

function Remove-Plugin([string]$Plugin) {
    if (Test-Path -LiteralPath $Plugin) {
        try {
            Remove-Item -LiteralPath $Plugin
        } catch [IO.IOException], [UnauthorizedAccessException] {
            Stop-Here "$Plugin cannot be removed: $($_.Exception.Message) Is Wireshark running? Close it first."
        }
        Write-Output "Removed $Plugin."
    } else {
        Write-Output "There is no $Plugin."
    }
}

# --- What, and where --------------------------------------------------------------------------------------------------

# As Wireshark looks for it.
$Configuration = $env:WIRESHARK_CONFIG_DIR
if (-not $Configuration) { $Configuration = $env:WIRESHARK_APPDATA }
if (-not $Configuration) { $Configuration = Join-Path $env:APPDATA 'Wireshark' }
$Plugin = Join-Path $Configuration "plugins\$BuiltFor\epan\msturn.dll"
$MsturnProfile = Join-Path $Configuration 'profiles\MSTURN'

if ($Remove) {
    Remove-Plugin $Plugin
    Remove-Profile $MsturnProfile
} else {
    $where = Find-Wireshark
    Assert-Wireshark $where
    Install-Plugin $Plugin
    Install-Profile $MsturnProfile
    Assert-Loaded $where
    Write-Output 'Start Wireshark again. Help > About Wireshark > Plugins lists msturn.dll; the profile MSTURN is in Edit > Configuration Profiles.'
}

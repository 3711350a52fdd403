# Is every row of the table of findings raised somewhere?
#
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

cmake_minimum_required(VERSION 3.18)
file(GLOB_RECURSE files "${SOURCE}/plugin/*.c" "${SOURCE}/packet-msturn.c")
list(REMOVE_ITEM files "${SOURCE}/plugin/rules/findings.c")
foreach(file IN LISTS files)
    file(READ "${file}" text)
    string(APPEND sources "${text}")
endforeach()

file(STRINGS "${SOURCE}/plugin/rules/findings.h" lines REGEX "^    MSTURN_FINDING_[A-Z0-9_]+,")
foreach(line IN LISTS lines)
    string(REGEX MATCH "MSTURN_FINDING_[A-Z0-9_]+" finding "${line}")
    if(NOT sources MATCHES "${finding}[^A-Z0-9_]")
        message(SEND_ERROR "nothing raises ${finding}")
    endif()
endforeach()

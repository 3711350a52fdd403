"""Is anything left of what was replaced?"""
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

from excerpts.capture import Capture
from excerpts.integrity import Passwords
from excerpts.messages import Messages
from excerpts.packets import Rewriter
from excerpts.streams import Content
from excerpts.values import Values


def leaks(written: bytes, capture: Capture, values: Values) -> list[str]:
    """Any of the bytes, in any form, anywhere in the file; and all that messages say, also where a transaction id hides it."""
    found = [what for what, searched in values.searched() if searched in written]
    inside = Values()
    rewriter = Rewriter(inside, Content(Messages(inside, Passwords(inside))))
    rewriter.rewrite([(packet, capture.interfaces[packet.interface].link_type, None) for packet in capture.packets])
    found += [str(address) for address in inside.addresses if address in values.addresses]
    found += [repr(name.decode(errors="replace")) for name in inside.names if name in values.names]
    return list(dict.fromkeys(found))

"""What our actors say: posts for people, entries for fellow members.

Posts are written by the clerk and announced by the assembly, because some servers know
no group as an author. Fellow members get the entry itself, as it was signed.

Who speaks is in `actors`, what is said in `saying`, to whoever holds a mandate in
`offices`, and how it is signed and where it goes in `sending`. Callers say
``speech.say`` and need not know which.
"""

from instance.speech.actors import (
    CAPABILITIES,
    DECISIONS,
    DELEGATES,
    INSTANCE_ACTOR,
    actor_document,
    address,
    clerk_path,
    group_path,
    log_origin,
    new_actor,
    node_signer,
    page_of,
    signer,
)
from instance.speech.offices import MOST_IN_REASON, answer_to, deliver_to_fellows
from instance.speech.saying import (
    Mentions,
    a_post,
    add_to,
    body_of,
    publish,
    publish_for,
    revise,
    reworded,
    say,
    say_carrier,
    say_entry,
)
from instance.speech.sending import (
    AN_HOUR,
    GROUP_AWARE,
    MOST_HANDED_ON,
    OURS,
    announce,
    answer,
    audience_of,
    hand_on,
    heads,
    repeat,
    send,
    tell_fellows,
    tell_of,
    tell_our_kind,
    with_proof,
)

__all__ = [
    "AN_HOUR",
    "CAPABILITIES",
    "DECISIONS",
    "DELEGATES",
    "GROUP_AWARE",
    "INSTANCE_ACTOR",
    "MOST_HANDED_ON",
    "MOST_IN_REASON",
    "OURS",
    "Mentions",
    "a_post",
    "actor_document",
    "add_to",
    "address",
    "announce",
    "answer",
    "answer_to",
    "audience_of",
    "body_of",
    "clerk_path",
    "deliver_to_fellows",
    "group_path",
    "hand_on",
    "heads",
    "log_origin",
    "new_actor",
    "node_signer",
    "page_of",
    "publish",
    "publish_for",
    "repeat",
    "revise",
    "reworded",
    "say",
    "say_carrier",
    "say_entry",
    "send",
    "signer",
    "tell_fellows",
    "tell_of",
    "tell_our_kind",
    "with_proof",
]

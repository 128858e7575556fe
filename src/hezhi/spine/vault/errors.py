"""What the vault refuses.

HezhiError
├── EnvelopeRefused   changed, moved, or sealed under another key
├── KeyCommandFailed  the program that keeps the master key gave no useful answer
├── MasterKeyMissing  no key file, or none of its keys wrapped this
├── SubjectErased     the key was destroyed, for good
└── SubjectKeyMissing this subject has no key
"""

from hezhi.kit.errors import HezhiError, Refused


class EnvelopeRefused(HezhiError):
    """A sealed value does not open here: it was changed, moved, or belongs to another key."""

    code = "envelope_refused"


class KeyCommandFailed(HezhiError):
    """The program that keeps the master key gave no useful answer; look at HEZHI_KEY_COMMAND."""

    code = "key_command_failed"


class MasterKeyMissing(HezhiError):
    """The master key that opens this is not there; look at HEZHI_KEY_FILE."""

    code = "master_key_missing"


class SubjectErased(Refused):
    """This was erased: nothing of it can be read, and nothing more can be written about it."""

    code = "subject_erased"


class SubjectKeyMissing(HezhiError):
    """There is no key for this subject."""

    code = "subject_key_missing"

"""What the file store refuses.

Invalid
├── FileEmpty        nothing was handed in
├── FileTooLarge     above HEZHI_FILE_LIMIT_MB
├── FileTypeRefused  not one of the allowed types, or a container that cannot be trusted
└── FileNotClean     the operator's scanner refused it, or could not scan it
NotFound
└── FileUnknown      no file with this hash
HezhiError
└── FileDamaged      the stored bytes are gone or no longer have this hash
"""

from hezhi.kit.errors import HezhiError, Invalid, NotFound


class FileEmpty(Invalid):
    """The file is empty."""

    code = "file_empty"


class FileTooLarge(Invalid):
    """The file is too large."""

    code = "file_too_large"


class FileTypeRefused(Invalid):
    """This kind of file is not accepted; allowed are JPEG, PNG, WebP, PDF, DOCX, XLSX, CSV, TXT, MP3 and MP4."""

    code = "file_type_refused"


class FileNotClean(Invalid):
    """The file did not pass the scan, or could not be scanned."""

    code = "file_not_clean"


class FileUnknown(NotFound):
    """There is no such file."""

    code = "file_unknown"


class FileDamaged(HezhiError):
    """The stored file is missing or no longer what was handed in."""

    code = "file_damaged"

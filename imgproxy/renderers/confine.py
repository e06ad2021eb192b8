"""What a render process gives up before its first job, so that a decoder which a file has taken over has nowhere to go.

    everywhere   memory beyond its limit, core dumps, more than a few files, its share of the processor under load
    Linux        every privilege of root but to read all files, and ever getting one back
    Landlock     making, writing, moving and removing files, starting programs, TCP, a look into other processes
    seccomp      sockets, files opened for writing, new processes, signals to others, and the parts of a kernel that
                 are broken most often; what has a number here is refused, all else is allowed

Reading stays: originals and fonts lie wherever the operator put them.  What was open before stays too: the pipes and
the log.  Both walls hold for the calling thread and for those it starts, so `confine` comes before any library has
threads.  A kernel without one of them leaves it out; this room must never stop a process from serving.
"""

import ctypes
import errno
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterator

MAX_OPEN_FILES = 128
NICENESS = 5
"""Behind the server, which answers hits meanwhile."""

_NO_NEW_PRIVS = 38
_SET_SECCOMP = 22
_FILTER = 2
_CAPABILITY_VERSION = 0x2008_0522
_CAP_DAC_READ_SEARCH = 1 << 2
_LANDLOCK = {"create": 444, "restrict": 446}
_VERSION_ONLY = 1
_READ_FILE_AND_DIR = 1 << 2 | 1 << 3
_FS_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many rights over files a version of Landlock knows, from the version that added one."""

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32 = 0x4000_0000
_CLONE_THREAD = 0x0001_0000
_WRITING = (
    os.O_WRONLY
    | os.O_RDWR
    | os.O_CREAT
    | os.O_TRUNC
    | (getattr(os, "O_TMPFILE", 0) & ~os.O_DIRECTORY)
)

# name: number on x86_64, on aarch64 (None: that machine has no such call); asm/unistd.h of Linux
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "socketpair": (53, 199),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "creat": (85, None),
    "truncate": (76, 45),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "link": (86, None),
    "linkat": (265, 37),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_by_handle_at": (304, 265),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
}
_ABSENT = {"openat2": (437, 437), "clone3": (435, 435)}
"""Their arguments cannot be looked into; told that they do not exist, the C library takes the older call."""

_BY_FLAGS = {"open": ((2, None), 1), "openat": ((257, 56), 2)}
_CLONE = (56, 220)

# classic BPF: load a word of the call's data, compare, answer
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR = 0x7FFF_0000, 0x0005_0000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16


def confine(max_bytes: int) -> tuple[str, ...]:
    """Gives all of it up for good; the names of the walls that this kernel put up."""
    _limit(max_bytes)
    if sys.platform != "linux":
        return ()
    kernel = ctypes.CDLL(None, use_errno=True)
    if kernel.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
        return ()
    _unprivileged(kernel)
    walls = {"landlock": _landlock, "seccomp": _seccomp}
    return tuple(name for name, raise_wall in walls.items() if raise_wall(kernel))


def _limit(max_bytes: int) -> None:
    for what, wanted in (
        (resource.RLIMIT_AS, max_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
    ):
        _, most = resource.getrlimit(what)
        limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(what, (limit, limit))
    os.nice(NICENESS)


def _unprivileged(kernel: ctypes.CDLL) -> None:
    """What root may do beyond others goes, such as to read the environment of the server; capset(2)."""
    head = struct.pack("Ii", _CAPABILITY_VERSION, 0)
    held = ctypes.create_string_buffer(24)
    if kernel.capget(head, held) == 0:
        _, permitted, *_ = struct.unpack("6I", held.raw)
        kept = permitted & _CAP_DAC_READ_SEARCH
        kernel.capset(head, struct.pack("6I", kept, kept, 0, 0, 0, 0))


def _landlock(kernel: ctypes.CDLL) -> bool:
    """Whether a ruleset without a single exception is in force."""
    version = kernel.syscall(_LANDLOCK["create"], None, ctypes.c_size_t(0), _VERSION_ONLY)
    if version < 1:
        return False
    rights = max(count for since, count in _FS_RIGHTS.items() if since <= version)
    files = ((1 << rights) - 1) & ~_READ_FILE_AND_DIR
    # then bind and connect over TCP, then abstract sockets and signals; older kernels know a shorter record
    handled = struct.pack("QQQ", files, 0b11, 0b11)[
        : 8 if version < 4 else 16 if version < 6 else 24
    ]
    ruleset = kernel.syscall(_LANDLOCK["create"], handled, ctypes.c_size_t(len(handled)), 0)
    if ruleset < 0:
        return False
    try:
        return bool(kernel.syscall(_LANDLOCK["restrict"], ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _seccomp(kernel: ctypes.CDLL) -> bool:
    """Whether the filter is in force."""
    if platform.machine() not in _ARCHITECTURES:
        return False
    steps = [struct.pack("HBBI", *step) for step in _program(*_ARCHITECTURES[platform.machine()])]
    code = ctypes.create_string_buffer(b"".join(steps))
    filter_ = struct.pack("HP", len(steps), ctypes.addressof(code))
    return bool(kernel.prctl(_SET_SECCOMP, _FILTER, filter_, 0, 0) == 0)


_Step = tuple[int, int, int, int]


def _program(column: int, architecture: int) -> Iterator[_Step]:
    """Instructions: code, steps to skip when true, when false, operand."""
    refuse = (_ANSWER, 0, 0, _ERROR | errno.EPERM)
    yield _LOAD, 0, 0, _ARCHITECTURE_AT
    yield _EQUAL, 1, 0, architecture
    yield refuse
    yield _LOAD, 0, 0, _NUMBER_AT
    yield _AT_LEAST, 0, 1, _X32
    yield refuse
    for calls, answer in ((_REFUSED, errno.EPERM), (_ABSENT, errno.ENOSYS)):
        for numbers in calls.values():
            if (number := numbers[column]) is not None:
                yield _EQUAL, 0, 1, number
                yield _ANSWER, 0, 0, _ERROR | answer
    for numbers, argument in _BY_FLAGS.values():
        if (number := numbers[column]) is not None:
            yield from _judged(number, argument, (_ANY_BIT, 0, 1, _WRITING))
    yield from _judged(_CLONE[column], 0, (_ANY_BIT, 1, 0, _CLONE_THREAD))
    yield _ANSWER, 0, 0, _ALLOW


def _judged(number: int, argument: int, test: _Step) -> Iterator[_Step]:
    """One call, refused or allowed by the low half of one argument."""
    yield _EQUAL, 0, 4, number
    yield _LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument
    yield test
    yield _ANSWER, 0, 0, _ERROR | errno.EPERM
    yield _ANSWER, 0, 0, _ALLOW

extension SandboxScript {
    /// Imports, and the namespaces that a sandbox server enters at its start, where the system allows.
    static let isolation = #"""
        import ast, bisect, collections, copy, ctypes, datetime, functools, hashlib, heapq, itertools, json, math
        import operator, os, random, re, resource, select, shutil, signal, string, struct, sys, tempfile, time
        import traceback, types, typing

        # One server runs one program at a time. Three processes: the server (never runs foreign code), a keeper for
        # each program (owns its namespaces, watches the clock, reads its output, answers), and the program itself, a
        # fork of this interpreter, so that no interpreter starts up for it. Modules are imported here for the same
        # reason.
        LIBC = ctypes.CDLL(None, use_errno=True)
        NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
            0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
        MS_BIND, MS_REC, MS_PRIVATE, MS_NOSUID, MS_NODEV = 4096, 16384, 1 << 18, 2, 4
        HIDDEN = ["/root", "/home", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/mnt", "/media", "/srv"]
        WORK = "/tmp/work"


        def call(name, *arguments):
            if getattr(LIBC, name)(*arguments) != 0:
                number = ctypes.get_errno()
                raise OSError(number, name + ": " + os.strerror(number))


        def mount(source, target, kind, flags, data=None):
            encode = lambda text: None if text is None else text.encode()
            call("mount", encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(data))


        def prctl(option, value):
            try:
                LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0)
            except AttributeError:
                pass  # Not Linux.


        def read_only_root():
            attributes = ctypes.create_string_buffer(struct.pack("QQQQ", 1, 0, 0, 0))
            if LIBC.syscall(ctypes.c_long(442), -100, b"/", 0x8000, attributes, ctypes.c_size_t(32)) != 0:
                raise OSError(ctypes.get_errno(), "mount_setattr")


        def rebuild_files():
            """Hides homes, temporary folders and /proc (but not the interpreter), and makes the rest read-only."""
            mount(None, "/", None, MS_REC | MS_PRIVATE)
            os.chdir("/")
            keep = {path for path in (sys.base_prefix, sys.prefix) if path not in ("/", "/usr", "/usr/local")}
            opened = {path: os.open(path, os.O_PATH) for path in sorted(keep)}
            for folder in HIDDEN:
                if os.path.isdir(folder) and not os.path.islink(folder):
                    mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
            for path, descriptor in opened.items():
                if not os.path.isdir(os.path.join(path, "lib")):
                    os.makedirs(path, exist_ok=True)
                    mount("/proc/self/fd/%d" % descriptor, path, None, MS_BIND | MS_REC)
                os.close(descriptor)
            os.makedirs(WORK, exist_ok=True)
            mount("tmpfs", "/proc", "tmpfs", MS_NOSUID | MS_NODEV, "size=4k,mode=555")
            read_only_root()


        def can_nest():
            pid = os.fork()
            if pid == 0:
                try:
                    call("unshare", NEWPID | NEWNS)
                    mount("tmpfs", WORK, "tmpfs", 0, "size=64k")
                    inner = os.fork()
                    if inner == 0:
                        os._exit(7)
                    os._exit(0 if os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]) == 7 else 1)
                except BaseException:
                    os._exit(1)
            return os.waitpid(pid, 0)[1] == 0


        def isolate(namespaces):
            """Enters namespaces as far as the system allows; says which, and what user programs become (or None)."""
            found = {"network": False, "processes": False, "files": False, "user": None, "note": ""}
            uid, gid = os.geteuid(), os.getegid()
            wanted = NEWNET | NEWNS | NEWIPC | NEWUTS
            try:
                if not namespaces:
                    raise OSError("namespaces switched off")
                try:
                    if uid != 0:
                        raise PermissionError(1, "not root")
                    call("unshare", wanted)
                    found["user"] = 61000 + os.getpid() % 4000
                except OSError:
                    call("unshare", NEWUSER | wanted)
                    maps = {"setgroups": "deny", "uid_map": f"{uid} {uid} 1", "gid_map": f"{gid} {gid} 1"}
                    for name, text in maps.items():
                        with open("/proc/self/" + name, "w") as file:
                            file.write(text)
                found["network"] = True
                rebuild_files()
                found["files"] = True
                found["processes"] = can_nest()
            except (OSError, AttributeError) as error:
                found["note"] = str(error)
                if uid == 0 and found["user"] is None:
                    found["user"] = 61000 + os.getpid() % 4000
            return found
        """#
}

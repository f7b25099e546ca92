extension SandboxScript {
    /// The process that becomes the foreign program: limits, lost privileges, the weaker wall, `exec`.
    static let program = #"""
        def drop_privileges(user):
            if user is not None:
                try:
                    os.setgroups([])
                    os.setresgid(user, user, user)
                    os.setresuid(user, user, user)
                except PermissionError:
                    pass  # A root without the right to change its user has nothing to drop.
            try:
                header = ctypes.create_string_buffer(struct.pack("II", 0x20080522, 0))
                LIBC.capset(header, ctypes.create_string_buffer(24))
            except AttributeError:
                pass
            prctl(38, 1)  # No new privileges.
            prctl(1, signal.SIGKILL)  # Dies with its keeper.


        def set_limits(limits):
            def limit(name, value):
                kind = getattr(resource, name, None)
                if kind is not None:
                    ceiling = resource.getrlimit(kind)[1]
                    if ceiling != resource.RLIM_INFINITY:
                        value = min(value, ceiling)
                    resource.setrlimit(kind, (value, value))
            limit("RLIMIT_CPU", max(1, math.ceil(limits["cpu"])))
            limit("RLIMIT_AS", limits["memory"])
            limit("RLIMIT_FSIZE", limits["file"])
            limit("RLIMIT_NPROC", limits["processes"])
            limit("RLIMIT_NOFILE", 64)
            limit("RLIMIT_CORE", 0)
            limit("RLIMIT_STACK", 64 << 20)
            limit("RLIMIT_MEMLOCK", 0)
            limit("RLIMIT_MSGQUEUE", 0)


        FORBIDDEN = {
            "os.kill", "os.killpg", "os.fork", "os.forkpty", "os.exec", "os.spawn", "os.posix_spawn", "os.system",
            "subprocess.Popen", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "os.chown",
            "os.link", "os.symlink", "os.utime", "os.setxattr", "ctypes.dlopen", "ctypes.dlsym", "pty.spawn",
        }


        def guard_in_python(folder):
            """The weaker wall without namespaces: Python refuses network, processes, writes outside `folder`."""
            inside = os.path.realpath(folder) + os.sep
            writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
            realpath, fspath = os.path.realpath, os.fspath

            def hook(event, arguments):
                if event.startswith("socket.") or event in FORBIDDEN:
                    raise PermissionError(event + " is not allowed in the sandbox")
                if event == "open" and isinstance(arguments[2], int) and arguments[2] & writing:
                    path = arguments[0]
                    if isinstance(path, int) or not realpath(os.fsdecode(fspath(path))).startswith(inside):
                        raise PermissionError("writing outside the working folder is not allowed in the sandbox")
            sys.addaudithook(hook)


        def size_of(folder):
            total = 0
            for place, _, names in os.walk(folder):
                for name in names:
                    try:
                        total += os.lstat(os.path.join(place, name)).st_size
                    except OSError:
                        pass
            return total


        def execute(request, report):
            """Runs foreign code in this process. `report` tells the keeper how far it came."""
            source = request.get("parse")
            if source is not None:
                try:
                    ast.parse(source)
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    report("parsed", False)
                else:
                    report("parsed", True)
            program = request.get("program")
            if program is None:
                return report("done", True)
            module = types.ModuleType("__main__")
            sys.modules["__main__"] = module
            try:
                exec(compile(program, "program.py", "exec", dont_inherit=True), module.__dict__)
            except BaseException as error:
                kind = type(error).__name__
                try:
                    detail = str(error)[:500]
                except BaseException:
                    detail = ""
                report("error", [kind, detail])
            else:
                report("done", True)


        def run_program(request, output, results, nonce, isolation, folder):
            try:
                for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD):
                    signal.signal(number, signal.SIG_DFL)
                os.setsid()
                null = os.open("/dev/null", os.O_RDONLY)
                os.dup2(null, 0)
                os.dup2(output, 1)
                os.dup2(output, 2)
                channel = 3
                if results != channel:
                    os.dup2(results, channel)
                os.set_inheritable(channel, False)
                os.closerange(channel + 1, 256)
                os.chdir(folder)
                set_limits(request["limits"])
                drop_privileges(isolation["user"])
                os.umask(0o077)
                os.environ["TMPDIR"] = os.environ["HOME"] = folder
                sys.argv = ["program.py"]
                sys.stdin = open(0, "r")
                sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
                sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
                random.seed(0)
                if not (isolation["network"] and isolation["processes"]):
                    guard_in_python(folder)

                def report(key, value, write=os.write, dumps=json.dumps):
                    write(channel, (nonce + dumps([key, value]) + "\n").encode("utf-8", "replace"))
                execute(request, report)
            except BaseException:
                os._exit(113)
            os._exit(0)
        """#
}

/// The Python side of the sandbox: a fork server, kept as text so that a binary carries it.
///
/// It speaks lines of JSON over standard input and output: first its `SandboxIsolation`, then for each request one
/// answer. It needs Python 3.9 and nothing but the standard library.
package enum SandboxScript {
    /// The whole program.
    package static let server = [isolation, program, keeper].joined(separator: "\n\n\n") + "\n"

    /// Starts `server` (the first argument) in a clean interpreter: minimal environment, no site packages, and a fixed
    /// hash seed, so that the order of sets repeats. A second interpreter is needed because the first one may be a
    /// launcher that reads the environment (pyenv), and because a program must not find our environment in memory.
    package static let boot = """
        import os, sys
        os.execve(sys.executable, [sys.executable, "-s", "-S", "-c"] + sys.argv[1:],
                  {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"})
        """
}

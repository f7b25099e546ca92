/// One problem of HumanEval-Infilling: a hole in a Python function, and the tests that tell a good filling.
package struct InfillingTask: Sendable, Codable, Hashable {
    package var taskID: String
    /// The text before the hole.
    package var prompt: String
    /// The text after the hole.
    package var suffix: String
    /// What stood in the hole.
    package var canonicalSolution: String
    /// Defines `check(candidate)`.
    package var test: String
    /// The name of the function that `check` takes.
    package var entryPoint: String

    package init(
        taskID: String,
        prompt: String,
        suffix: String,
        canonicalSolution: String,
        test: String,
        entryPoint: String
    ) {
        self.taskID = taskID
        self.prompt = prompt
        self.suffix = suffix
        self.canonicalSolution = canonicalSolution
        self.test = test
        self.entryPoint = entryPoint
    }

    enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case prompt, suffix, test
        case canonicalSolution = "canonical_solution"
        case entryPoint = "entry_point"
    }

    /// The program that passes exactly if the filling is right, as in openai/human-eval-infilling. The filling is used
    /// as it is: no stop at a newline, no comparison with the suffix.
    package func program(filling: String) -> SandboxProgram {
        let code = prompt + filling + suffix
        return SandboxProgram(source: code + "\n" + test + "\ncheck(\(entryPoint))\n", parse: code)
    }
}

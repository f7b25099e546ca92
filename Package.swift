// swift-tools-version: 6.2
import PackageDescription

/// Upcoming features that every Swift target uses: existential types are spelled `any` (SE-0335), a file sees only
/// members of modules that it imports (SE-0444), and imports are internal unless they say otherwise (SE-0409).
let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// The layers, lowest first. A target may depend on targets above it in this list, never on those below.
let layers: [Target] = [
    .target(
        name: "CKernels",
        // The kernels are hopeless at -O0, so that debug builds are optimised too. No -march: the instruction set is
        // chosen at run time, function by function.
        cSettings: [.unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math"])],
        linkerSettings: [.linkedLibrary("m")]
    ),
    .target(name: "Common"),
    .target(name: "Kernels", dependencies: ["CKernels", "Common"]),
    .target(name: "Checkpoints", dependencies: ["Common", "Kernels"]),
    .target(name: "Tokenizers", dependencies: ["Common", "Checkpoints"]),
    .target(name: "Models", dependencies: ["Common", "Kernels", "Checkpoints"]),
    .target(name: "Diffusion", dependencies: ["CKernels", "Common", "Kernels", "Models"]),
    .target(
        name: "Cinnabar",
        dependencies: ["Common", "Kernels", "Checkpoints", "Tokenizers", "Models", "Diffusion"],
        resources: [.copy("Resources/default-model")]
    ),
    .target(
        name: "Training",
        dependencies: ["Common", "Kernels", "Checkpoints", "Tokenizers", "Models", "Diffusion"]
    ),
    .target(
        name: "Evaluation",
        dependencies: [
            "CKernels", "Cinnabar", "Common", "Kernels", "Checkpoints", "Tokenizers", "Models", "Diffusion",
        ]
    ),
    .executableTarget(
        name: "CommandLineTool",
        dependencies: [
            "Cinnabar", "Common", "Checkpoints", "Tokenizers", "Models", "Training", "Evaluation",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]
    ),
]

let testedLayers = [
    "Common", "Kernels", "Checkpoints", "Tokenizers", "Models", "Diffusion", "Cinnabar", "Training", "Evaluation",
    "CommandLineTool",
]

let tests: [Target] = testedLayers.map { layer in
    .testTarget(
        name: "\(layer)Tests",
        dependencies: layers.prefix { $0.name != "CommandLineTool" }.map { .byName(name: $0.name) },
        exclude: layer == "Tokenizers" ? ["Fixtures"] : []
    )
}

let package = Package(
    name: "cinnabar",
    products: [
        .library(name: "Cinnabar", targets: ["Cinnabar"]),
        .executable(name: "cinnabar", targets: ["CommandLineTool"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
    ],
    targets: layers + tests
)

for target in package.targets where target.name != "CKernels" {
    target.swiftSettings = swiftSettings
}

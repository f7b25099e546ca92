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
    .target(name: "Constraints", dependencies: ["Common"]),
    .target(name: "Diffusion", dependencies: ["CKernels", "Common", "Kernels", "Models", "Constraints"]),
    .target(
        name: "Cinnabar",
        dependencies: ["Common", "Kernels", "Checkpoints", "Tokenizers", "Models", "Constraints", "Diffusion"],
        resources: [.copy("Resources/default-model")]
    ),
    .target(
        name: "Training",
        dependencies: ["Common", "Kernels", "Checkpoints", "Tokenizers", "Models", "Diffusion"]
    ),
    .target(
        name: "Evaluation",
        dependencies: [
            "CKernels", "Cinnabar", "Common", "Kernels", "Checkpoints", "Tokenizers", "Models", "Constraints",
            "Diffusion",
        ]
    ),
    .target(
        name: "Hub",
        dependencies: [
            "Common",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]
    ),
    .executableTarget(
        name: "CommandLineTool",
        dependencies: [
            "Cinnabar", "Common", "Checkpoints", "Tokenizers", "Models", "Training", "Evaluation", "Hub",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]
    ),
]

let testedLayers = [
    "Common", "Kernels", "Checkpoints", "Tokenizers", "Models", "Diffusion", "Constraints", "Cinnabar",
    "Training", "Evaluation", "Hub", "CommandLineTool",
]

/// The tests of `Hub` run against a server of their own.
let server: [Target.Dependency] = [
    .product(name: "Crypto", package: "swift-crypto"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]

let tests: [Target] = testedLayers.map { layer in
    .testTarget(
        name: "\(layer)Tests",
        dependencies: layers.prefix { $0.name != "CommandLineTool" }.map { .byName(name: $0.name) }
            + (layer == "Hub" ? server : []),
        exclude: ["Tokenizers", "Evaluation"].contains(layer) ? ["Fixtures"] : []
    )
}

let package = Package(
    name: "cinnabar",
    products: [
        .library(name: "Cinnabar", targets: ["Cinnabar"]),
        .executable(name: "cinnabar", targets: ["CommandLineTool"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: layers + tests
)

for target in package.targets where target.name != "CKernels" {
    target.swiftSettings = swiftSettings
}

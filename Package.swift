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
    .target(name: "Engine", dependencies: ["Common", "Models", "Constraints", "Diffusion"]),
    .target(
        name: "Cinnabar",
        dependencies: [
            "Common", "Kernels", "Checkpoints", "Tokenizers", "Models", "Constraints", "Diffusion", "Engine",
        ],
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
            "Diffusion", "Engine",
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
    .target(
        name: "Serving",
        dependencies: [
            "Common", "Engine", "Cinnabar",
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdTLS", package: "hummingbird"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "Metrics", package: "swift-metrics"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        resources: [.copy("Resources/playground")]
    ),
    .executableTarget(
        name: "CommandLineTool",
        dependencies: [
            "Cinnabar", "Common", "Checkpoints", "Tokenizers", "Models", "Training", "Evaluation", "Hub", "Serving",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]
    ),
]

let testedLayers = [
    "Common", "Kernels", "Checkpoints", "Tokenizers", "Models", "Diffusion", "Constraints", "Engine", "Cinnabar",
    "Training", "Evaluation", "Hub", "Serving", "CommandLineTool",
]

/// What the tests of a layer need beside the layers.
let ownDependencies: [String: [Target.Dependency]] = [
    // A server of their own.
    "Hub": [
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
    ],
    "Serving": [
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
    ],
]

let support = Target.target(
    name: "TestSupport",
    dependencies: ["Common", "Models", "Diffusion"],
    path: "Tests/TestSupport"
)

let tests: [Target] = testedLayers.map { layer in
    .testTarget(
        name: "\(layer)Tests",
        dependencies: layers.prefix { $0.name != "CommandLineTool" }.map { .byName(name: $0.name) }
            + (ownDependencies[layer] ?? []) + ["TestSupport"],
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
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: layers + [support] + tests
)

for target in package.targets where target.name != "CKernels" {
    target.swiftSettings = swiftSettings
}

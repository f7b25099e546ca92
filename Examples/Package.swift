// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Examples",
    dependencies: [.package(name: "cinnabar", path: "..")],
    targets: [
        .executableTarget(name: "TenLines", dependencies: [.product(name: "Cinnabar", package: "cinnabar")])
    ]
)

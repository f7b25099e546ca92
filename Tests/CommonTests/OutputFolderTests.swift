import Common
import Foundation
import Testing

@Suite struct OutputFolderTests {
    @Test func isMadeOnceAndNeverInPlaceOfAFile() throws {
        try withScratchFolder { folder in
            let inner = folder.appendingPathComponent("a/b")
            try OutputFolder.make(inner)
            try OutputFolder.make(inner)
            let file = folder.appendingPathComponent("file")
            try Data().write(to: file)
            for place in [file, file.appendingPathComponent("below")] {
                let error = #expect(throws: CinnabarError.self) { try OutputFolder.make(place) }
                #expect(error?.code == .file && error?.description.contains(place.path) == true)
            }
        }
    }
}

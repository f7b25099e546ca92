import Constraints
import Testing

@Suite struct ByteSetTests {
    @Test func behavesAsASetOfIntegers() {
        let vowels = ByteSet("aeiou".utf8)
        let early = ByteSet(UInt8(0)...UInt8(ascii: "e"))
        #expect(Array(vowels) == Array("aeiou".utf8))
        #expect(Array(vowels.intersection(early)) == Array("ae".utf8))
        #expect(Array(vowels.subtracting(early)) == Array("iou".utf8))
        #expect(vowels.union(early).count == early.count + 3)
        #expect(vowels.complement.count == 251 && !vowels.complement.contains(UInt8(ascii: "a")))
        #expect(ByteSet.all.complement.isEmpty && ByteSet().first == nil && vowels.first == UInt8(ascii: "a"))
        #expect(ByteSet([UInt8.max]).first == 255)
    }
}

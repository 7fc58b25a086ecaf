/// What looking at one file may cost at most. What goes past it is refused; the gateway never notices.
public struct InspectionLimits: Equatable, Sendable, Codable {
    /// Beside what the process has before it sees the file, in bytes. 512 MiB hold two pictures of `pixelsMax` with four bytes a
    /// pixel, which is what turning one needs.
    public var memoryBytes = 512 << 20
    /// Of one core, in seconds.
    public var processorSeconds = 20
    /// Three times that: others use the processor too.
    public var wallSeconds = 60
    /// Of a picture: 50 million, more than cameras of today have in all but the dearest.
    public var pixelsMax = 50_000_000
    /// Of all frames of an animation together: some 15 s for a GIF.
    public var pixelsInAllMax = 200_000_000
    /// The longer side of a thumbnail.
    public var thumbnailSide = 320
    /// In an archive, those of archives in it counted too.
    public var entriesMax = 10_000
    /// What an archive may unpack to, in bytes.
    public var unpackedBytesMax = 1 << 30
    /// Unpacked to packed, once more than `ratioFromBytes` have been unpacked. Tables and XML reach 50, deflate's limit is 1,032.
    public var ratioMax = 200
    public var ratioFromBytes = 8 << 20
    /// Archives in an archive: 2 is a document in a zip in a zip.
    public var depthMax = 2
    /// Of one archive in another, unpacked into memory.
    public var nestedBytesMax = 64 << 20

    public init() {}
}

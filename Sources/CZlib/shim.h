#include <string.h>
#include <zlib.h>

/// How much room `parley_gzip` needs at most for so many bytes.
static inline unsigned long parley_gzip_bound(unsigned long count) { return compressBound(count) + 64; }

/// Compresses at once, as small as zlib can, into gzip's format (RFC 1952); what it gives is the same for the same bytes.
/// `deflateInit2` is a macro, which Swift does not see. Returns how many bytes were written; 0 where that failed.
static inline unsigned long parley_gzip(const unsigned char *bytes, unsigned long count, unsigned char *room, unsigned long capacity) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    // 15: the largest window; 16 more: gzip's header and trailer. 9: the most memory, since it is held for a moment only.
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (uInt)count;
    stream.next_out = room;
    stream.avail_out = (uInt)capacity;
    int result = deflate(&stream, Z_FINISH);
    unsigned long written = stream.total_out;
    deflateEnd(&stream);
    return result == Z_STREAM_END ? written : 0;
}

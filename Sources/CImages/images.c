#include "CImages.h"
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

// What is used of libvips' interface (soname 42, 8.13 and later). Its own headers would bring GLib's, and a link of every
// process to some hundred libraries.
typedef void *object;
enum { access_random = 0, access_sequential = 1, fail_on_truncated = 1, size_down = 2 };

static struct {
    int (*init)(const char *);
    void (*block_untrusted)(int);
    void (*block)(const char *, int);
    void (*set_concurrency)(int);
    void (*set_cache_max)(int);
    object (*source)(int);
    object (*target)(int);
    int (*load[4])(object, object *, ...);
    int (*save[4])(object, object, ...);
    int (*thumbnail)(object, object *, int, ...);
    int (*autorot)(object, object *, ...);
    int (*copy)(object, object *, ...);
    int (*width)(object);
    int (*height)(object);
    int (*page_height)(object);
    int (*orientation)(object);
    char **(*fields)(object);
    int (*forget)(object, const char *);
    void (*unref)(object);
    void (*free_strings)(char **);
} vips;

static int find(void *library, const char *name, void *place) {
    void *symbol = dlsym(library, name);
    memcpy(place, &symbol, sizeof symbol);
    return symbol != NULL;
}

int parley_images_prepare(void) {
    void *library = dlopen("libvips.so.42", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return -1;
    int there = find(library, "vips_init", &vips.init) && find(library, "vips_block_untrusted_set", &vips.block_untrusted) &&
        find(library, "vips_operation_block_set", &vips.block) &&
        find(library, "vips_concurrency_set", &vips.set_concurrency) &&
        find(library, "vips_cache_set_max", &vips.set_cache_max) &&
        find(library, "vips_source_new_from_descriptor", &vips.source) &&
        find(library, "vips_target_new_to_descriptor", &vips.target) &&
        find(library, "vips_jpegload_source", &vips.load[parley_image_jpeg]) &&
        find(library, "vips_pngload_source", &vips.load[parley_image_png]) &&
        find(library, "vips_gifload_source", &vips.load[parley_image_gif]) &&
        find(library, "vips_webpload_source", &vips.load[parley_image_webp]) &&
        find(library, "vips_jpegsave_target", &vips.save[parley_image_jpeg]) &&
        find(library, "vips_pngsave_target", &vips.save[parley_image_png]) &&
        find(library, "vips_gifsave_target", &vips.save[parley_image_gif]) &&
        find(library, "vips_webpsave_target", &vips.save[parley_image_webp]) &&
        find(library, "vips_thumbnail_source", &vips.thumbnail) && find(library, "vips_autorot", &vips.autorot) &&
        find(library, "vips_copy", &vips.copy) && find(library, "vips_image_get_width", &vips.width) &&
        find(library, "vips_image_get_height", &vips.height) &&
        find(library, "vips_image_get_page_height", &vips.page_height) &&
        find(library, "vips_image_get_orientation", &vips.orientation) &&
        find(library, "vips_image_get_fields", &vips.fields) && find(library, "vips_image_remove", &vips.forget) &&
        find(library, "g_object_unref", &vips.unref) && find(library, "g_strfreev", &vips.free_strings);
    if (!there || vips.init("parley") != 0) return -1;
    vips.set_concurrency(1);
    vips.set_cache_max(0);
    vips.block_untrusted(1);
    vips.block("VipsForeignLoad", 1);
    const char *decoders[] = {
        "VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadNsgif", "VipsForeignLoadWebp"};
    for (size_t place = 0; place < sizeof decoders / sizeof decoders[0]; place++) vips.block(decoders[place], 0);
    return 0;
}

/// A stream or, for what has to be turned, an image in memory.
static object load(enum parley_image_format format, int from, int access) {
    if (lseek(from, 0, SEEK_SET) != 0) return NULL;
    object source = vips.source(from);
    if (source == NULL) return NULL;
    object image = NULL;
    int is_animated = format == parley_image_gif || format == parley_image_webp;
    int code = is_animated
        ? vips.load[format](source, &image, "access", access, "fail_on", fail_on_truncated, "n", -1, NULL)
        : vips.load[format](
              source, &image, "access", access, "fail_on", fail_on_truncated, "memory", access == access_random, NULL);
    // The image holds the source as long as it needs it.
    vips.unref(source);
    return code == 0 ? image : NULL;
}

/// What stays of what an image says about itself: how its colours are meant, and how it moves.
static int stays(const char *field) {
    const char *kept[] = {
        "icc-profile-data", "n-pages", "page-height", "loop", "delay", "gif-delay", "gif-loop", "gif-palette", "background",
        "bits-per-sample", "palette-bit-depth"};
    for (size_t place = 0; place < sizeof kept / sizeof kept[0]; place++) {
        if (strcmp(field, kept[place]) == 0) return 1;
    }
    return 0;
}

/// Frames lie below each other in one picture, which can't be turned as a whole: an animation stays as its frames are.
static int is_turned(object image) {
    return vips.orientation(image) > 1 && vips.height(image) == vips.page_height(image);
}

/// Upright and silent. Takes over `image`.
static object cleaned(object image) {
    object clean = NULL;
    if (is_turned(image)) {
        object upright = NULL;
        int code = vips.autorot(image, &upright, NULL);
        vips.unref(image);
        if (code != 0) return NULL;
        image = upright;
    }
    int code = vips.copy(image, &clean, NULL);
    vips.unref(image);
    if (code != 0) return NULL;
    char **fields = vips.fields(clean);
    for (char **field = fields; field != NULL && *field != NULL; field++) {
        if (!stays(*field)) vips.forget(clean, *field);
    }
    if (fields != NULL) vips.free_strings(fields);
    return clean;
}

static int save(enum parley_image_format format, object image, int to) {
    object target = vips.target(to);
    if (target == NULL) return -1;
    int code = -1;
    switch (format) {
    // 90: no loss that is seen, at about the size that cameras write.
    case parley_image_jpeg: code = vips.save[format](image, target, "Q", 90, "optimize_coding", 1, NULL); break;
    // Half the time of zlib's usual 6, for a hundredth of the size where there is much to write.
    case parley_image_png: code = vips.save[format](image, target, "compression", 3, NULL); break;
    // Its colours are there already: nothing to choose or to mix, which would take twice as long.
    case parley_image_gif: code = vips.save[format](image, target, "effort", 1, "dither", 0.0, NULL); break;
    case parley_image_webp: code = vips.save[format](image, target, "Q", 85, "effort", 2, NULL); break;
    }
    vips.unref(target);
    return code;
}

/// From what was just written, so that it is read once more.
static int save_thumbnail(int from, int to, int side) {
    if (lseek(from, 0, SEEK_SET) != 0) return -1;
    object source = vips.source(from);
    if (source == NULL) return -1;
    object image = NULL;
    int code = vips.thumbnail(
        source, &image, side, "height", side, "size", size_down, "export_profile", "srgb", NULL);
    vips.unref(source);
    if (code != 0) return -1;
    object target = vips.target(to);
    code = target == NULL ? -1 : vips.save[parley_image_webp](image, target, "Q", 75, "effort", 2, "strip", 1, NULL);
    if (target != NULL) vips.unref(target);
    vips.unref(image);
    return code;
}

enum parley_image_outcome parley_images_rewrite(
    enum parley_image_format format, int from, int to, int thumbnail, const struct parley_image_limits *limits, int *width,
    int *height) {
    object image = load(format, from, access_sequential);
    if (image == NULL) return parley_image_malformed;
    // By the header alone: nothing has been decoded so far.
    uint64_t across = (uint64_t)vips.width(image);
    if (across * (uint64_t)vips.page_height(image) > limits->pixels_max ||
        across * (uint64_t)vips.height(image) > limits->pixels_in_all_max) {
        vips.unref(image);
        return parley_image_too_large;
    }
    if (is_turned(image)) {
        vips.unref(image);
        image = load(format, from, access_random);
        if (image == NULL) return parley_image_malformed;
    }
    image = cleaned(image);
    if (image == NULL) return parley_image_malformed;
    *width = vips.width(image);
    *height = vips.page_height(image);
    int code = save(format, image, to);
    vips.unref(image);
    // Decoding happens while it is written, and fails the same way.
    if (code != 0) return parley_image_malformed;
    return save_thumbnail(to, thumbnail, limits->thumbnail_side) == 0 ? parley_image_written : parley_image_failed;
}

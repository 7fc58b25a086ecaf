internal import CMagic

/// libmagic with its database loaded: what is this?
struct Magic {
    private let cookie: magic_t

    /// Nil where the database is not there.
    init?() {
        // It starts no program to look into what is compressed; libarchive does that under our limits.
        guard let cookie = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_ERROR) else { return nil }
        guard magic_load(cookie, nil) == 0 else {
            magic_close(cookie)
            return nil
        }
        // Half of its own defaults or less; 1 MiB is where the longest of its rules look.
        for (parameter, value) in [
            (MAGIC_PARAM_INDIR_MAX, 15), (MAGIC_PARAM_NAME_MAX, 30), (MAGIC_PARAM_ELF_PHNUM_MAX, 128),
            (MAGIC_PARAM_ELF_SHNUM_MAX, 1_024), (MAGIC_PARAM_ELF_NOTES_MAX, 64), (MAGIC_PARAM_REGEX_MAX, 4_096),
            (MAGIC_PARAM_BYTES_MAX, 1 << 20),
        ] {
            var value = value
            magic_setparam(cookie, parameter, &value)
        }
        self.cookie = cookie
    }

    /// A media type: `application/pdf`; nil where it can't say.
    func type(of descriptor: Int32) -> String? {
        guard let text = magic_descriptor(cookie, descriptor) else { return nil }
        return String(cString: text)
    }
}

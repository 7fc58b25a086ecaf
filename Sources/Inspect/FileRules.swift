internal import Foundation

/// Which names are taken: by all of their extensions.
public enum FileRules {
    /// Programs and scripts, and what starts one when it is opened or put on a web server.
    public static let executables: Set<String> = [
        // Windows.
        "exe", "com", "bat", "cmd", "msi", "msp", "mst", "msix", "msixbundle", "appx", "appxbundle", "appinstaller",
        "dll", "ocx",
        "cpl", "sys", "drv", "scr", "pif", "lnk", "url", "scf", "reg", "inf", "ins", "isp", "gadget", "application",
        "appref-ms", "diagcab", "diagcfg", "diagpkg", "themepack", "deskthemepack", "settingcontent-ms", "library-ms",
        "search-ms", "searchconnector-ms", "xbap", "msc", "chm", "hlp", "hta", "vb", "vbe", "vbs", "vbscript", "js",
        "jse", "mjs",
        "cjs", "ws", "wsc", "wsf", "wsh", "sct", "shb", "shs", "ps1", "ps1xml", "ps2", "ps2xml", "psc1", "psc2", "psd1",
        "psm1",
        "psrc", "pssc", "cdxml", "msh", "msh1", "msh2", "mshxml", "msh1xml", "msh2xml", "ade", "adp", "mda", "mdb",
        "mde", "mdt", "mdw", "mdz", "accda", "accdb", "accde",
        "accdr", "accdu", "xll", "wll", "xlam", "xla", "ppam", "ppa", "slk", "iqy", "oqy", "rqy", "dqy", "crt", "cer",
        "der", "pcd",
        "prf", "rdp", "website", "webpnp", "onepkg", "plg", "printerexport", "vhd", "vhdx", "vsmacros",
        "vsw", "xnk", "bas", "bgi", "cfm", "csh", "fxp", "prg", "ksh", "jnlp", "ace", "wim",
        // Unix, macOS, phones.
        "sh", "bash", "zsh", "fish", "command", "workflow", "elf", "so", "desktop", "service",
        "appimage", "deb", "rpm", "pkg", "mpkg", "dmg", "app", "apk", "aab", "xapk", "ipa", "snap", "flatpak",
        "flatpakref", "scpt",
        "scptd", "applescript", "osax", "terminal", "dylib", "kext", "ko", "mobileconfig", "webloc", "inetloc",
        "fileloc",
        // Programming languages.
        "jar", "war", "ear", "class", "dex", "py", "pyc", "pyo", "pyw", "pyz", "pyzw", "pyd", "whl", "rb", "pl", "pm",
        "cgi",
        "fcgi", "lua", "luac", "tcl", "awk", "jl", "rs", "swift", "kts", "groovy", "gradle", "ts", "wasm", "swf", "crx",
        "xpi", "vsix", "ahk", "au3", "autoit", "nsi", "iss",
        // Web servers.
        "php", "php2", "php3", "php4", "php5", "php6", "php7", "php8", "phps", "pht", "phtm", "phtml", "phar", "asp",
        "aspx", "asa",
        "asax", "ascx", "ashx", "asmx", "asis", "axd", "cshtml", "vbhtml", "htaccess", "htpasswd", "user.ini",
        "jsp", "jspx", "jspa", "jspf", "jsw", "jsv", "jhtml", "shtm", "shtml", "stm", "cfml", "cfc", "dhtml", "erb",
        "ejs",
        // Office documents that exist to carry macros.
        "docm", "dotm", "xlsm", "xltm", "xlsb", "pptm", "potm", "ppsm", "sldm", "odb",
    ]

    /// What a browser would run as a page, and images of disks, which hide what is in them.
    public static let activeContent: Set<String> = [
        "svg", "svgz", "html", "htm", "xhtml", "xht", "mht", "mhtml", "xml", "xsl", "xslt", "xul", "rdf", "css", "swfl",
        "eml", "bin", "ini", "config", "run",
        "iso", "img", "udf", "vmdk", "vdi", "qcow2", "toast", "cue", "daa", "nrg", "mdf", "cab", "dotx", "rtf", "pub",
        "hwp", "wps",
    ]

    /// Images of disks, which systems open like folders, and archives that nobody looks into: not in an archive either.
    static let unopened: Set<String> = [
        "iso", "img", "udf", "vmdk", "vdi", "qcow2", "toast", "daa", "nrg", "mdf", "cab", "7z", "rar", "arj", "lzh",
        "lha",
        "alz", "egg", "cpio",
    ]

    public static let denied: Set<String> = executables.union(activeContent)

    public static let allowed: Set<String> = [
        "pdf", "jpg", "jpeg", "png", "gif", "webp", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "csv", "md",
        "mp4", "mp3",
        "m4a", "wav", "webm", "ogg", "opus", "zip",
    ]

    /// Why a name is refused; nil where it is not. Deny comes first, and counts in the middle too: web servers have run
    /// `a.php.jpg`.
    ///
    /// - Parameter name: cleaned.
    public static func refusal(of name: String, policy: FilePolicy) -> Verdict.Reason? {
        if hasExtension(name, in: policy.deniedExtensions) { return .extensionDenied }
        let last = FileName.fileExtension(name)
        guard policy.allowedExtensions.contains(last), FileType.of(extension: last) != nil else {
            return .extensionUnknown
        }
        return nil
    }

    /// Whether any extension of a name is one of these, also where it is written in compatible characters, or goes on with
    /// something that some systems cut off (`a.php%00.jpg`, `a.php::$DATA`).
    static func hasExtension(_ name: String, in listed: Set<String>) -> Bool {
        let parts = name.precomposedStringWithCompatibilityMapping.lowercased().split(
            separator: ".", omittingEmptySubsequences: false)
        return parts.dropFirst().contains { part in
            let words = part.trimmingCharacters(in: .whitespaces)
            let start = words.prefix { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" }
            return listed.contains(words) || listed.contains(start.trimmingCharacters(in: .whitespaces))
        }
    }
}

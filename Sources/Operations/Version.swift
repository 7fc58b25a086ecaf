/// What `parley version` prints and `parley_build_info` carries.
public enum Version {
    public static let text = "0.1.0"
    /// Of docs/protocol.md: major and minor.
    public static let `protocol` = "1.0"
}

/// What `parley version` prints and `parley_build_info` carries.
public enum Version {
    public static let text = "0.1.0"
}

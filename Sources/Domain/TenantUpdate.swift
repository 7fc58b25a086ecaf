public import Wire

/// Tells everyone in a tenant its name and limits, after an operator changed them.
public func tenantUpdated(name: String, settings: TenantSettings) -> Happening {
    Happening(.tenantUpdated(name: name, limits: ClientLimits(settings)), to: .system)
}

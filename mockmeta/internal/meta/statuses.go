package meta

// Names of statuses, as in the webhooks.
const (
	StatusSent      = "sent"
	StatusDelivered = "delivered"
	StatusRead      = "read"
	StatusFailed    = "failed"
	StatusWarning   = "warning" // not documented; sent on request
)

package client

// Template is an authentication template in one language, as the control API
// shows it.
type Template struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Language string `json:"language"`
	// Status is APPROVED, PENDING, REJECTED, PAUSED or DISABLED.
	Status string `json:"status"`
	// Button is COPY_CODE, ONE_TAP or ZERO_TAP.
	Button string `json:"button"`
	// TTLSeconds is how long WhatsApp tries to deliver; -1 is 30 days.
	TTLSeconds int `json:"ttl_seconds"`
	// ExpiryMinutes is that of the footer; 0 when there is none.
	ExpiryMinutes int `json:"expiry_minutes"`
}

package mockmeta

import "time"

// Types of the one-time-password button.
const (
	CopyCode = "COPY_CODE"
	OneTap   = "ONE_TAP"
	ZeroTap  = "ZERO_TAP"
)

// template is an authentication template in one language.
type template struct {
	ID       string
	Name     string
	Language string
	Status   string
	OTPType  string
	// Security says that the body ends with the security recommendation.
	Security bool
	// Expiry is the footer's code_expiration_minutes; 0 leaves the line out.
	Expiry int
	// TTL is how long WhatsApp tries to deliver.
	TTL time.Duration
}

// registry holds the templates of the account, by name and language.
type registry struct {
	list []*template
}

// seededTemplates is what a new mock starts with.
func seededTemplates() *registry {
	r := &registry{}
	for i, language := range []string{"en_US", "pt_BR", "es", "de", "fr", "hi", "ar"} {
		r.list = append(r.list, &template{
			ID:       "61000000000000" + string(rune('1'+i)),
			Name:     "login_code",
			Language: language,
			Status:   "APPROVED",
			OTPType:  CopyCode,
			Security: true,
			Expiry:   5,
			TTL:      10 * time.Minute,
		})
	}
	return r
}

// find returns the template, or nil.
func (r *registry) find(name, language string) *template {
	for _, t := range r.list {
		if t.Name == name && t.Language == language {
			return t
		}
	}
	return nil
}

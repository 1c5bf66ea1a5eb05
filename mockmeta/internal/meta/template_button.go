package meta

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Rules of the one-time-password button (auth-template pages, November 2025).
const (
	maxButtonText = 25
	maxPackage    = 224
	maxApps       = 5
)

var signatureHash = regexp.MustCompile(`^[A-Za-z0-9+/=]{11}$`)

func (t *TemplateRequest) readButton(b *Params, texts bool) {
	if kind := strings.ToUpper(b.Need("type")); kind != "OTP" {
		b.Fail(ErrorByCode(100).With("Param %s must be OTP.", b.At("type")))
	}
	t.OTPType = strings.ToUpper(b.Need("otp_type"))
	t.ButtonText, t.AutofillText = b.Text("text"), b.Text("autofill_text")
	for name, text := range map[string]string{"text": t.ButtonText, "autofill_text": t.AutofillText} {
		switch {
		case text != "" && !texts:
			b.Fail(ErrorByCode(100).With("%s: not allowed when many languages are made at once", b.At(name)))
		case utf8.RuneCountInString(text) > maxButtonText:
			b.Fail(ErrorByCode(100).With("Param %s must be at most %d characters long.", b.At(name), maxButtonText))
		}
	}
	apps, accepted := b.Objects("supported_apps"), b.Flag("zero_tap_terms_accepted")
	for _, a := range apps {
		app := SupportedApp{a.Need("package_name"), a.Need("signature_hash")}
		if len(app.Package) > maxPackage {
			b.Fail(ErrorByCode(100).With("Param %s must be at most %d characters long.", a.At("package_name"), maxPackage))
		}
		if !signatureHash.MatchString(app.Hash) {
			b.Fail(ErrorByCode(100).With("Param %s must be exactly 11 of A-Z, a-z, 0-9, +, / and =.", a.At("signature_hash")))
		}
		t.Apps = append(t.Apps, app)
	}
	switch t.OTPType {
	case CopyCode:
	case OneTap, ZeroTap:
		if len(apps) < 1 || len(apps) > maxApps {
			b.Fail(ErrorByCode(100).With("Param %s must name 1 to %d apps.", b.At("supported_apps"), maxApps))
		}
		if t.OTPType == ZeroTap && !accepted {
			b.Fail(ErrorByCode(100).With("Param %s must be true for a zero-tap button.", b.At("zero_tap_terms_accepted")))
		}
	default:
		b.Fail(ErrorByCode(100).With("Param %s must be one of {COPY_CODE, ONE_TAP, ZERO_TAP}.", b.At("otp_type")))
	}
}

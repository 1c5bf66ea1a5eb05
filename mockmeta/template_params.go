package mockmeta

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Rules of authentication templates (auth-template pages, November 2025; names
// from pywa).
var (
	templateName  = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)
	signatureHash = regexp.MustCompile(`^[A-Za-z0-9+/=]{11}$`)
)

const (
	maxButtonText = 25
	maxPackage    = 224
	maxApps       = 5
	minTTL        = 30
	maxTTL        = 900
	maxExpiry     = 90
)

// templateRequest is what a create, upsert or edit asks for.
type templateRequest struct {
	templateSpec
	Languages []string
}

// parseCreate reads the parameters of POST /{account}/message_templates.
func parseCreate(p *params, lenient bool) (templateRequest, *graphError) {
	p.refuseUnsimulated(lenient, unsimulatedTemplateFields()...)
	t := readTemplateHead(p)
	t.Languages = []string{readLanguage(p, p.need("language"))}
	t.readComponents(p, true)
	p.flag("allow_category_change") // taken until 2025, without effect since
	if !lenient {
		p.refuseUnknown()
	}
	return t, p.err()
}

// parseUpsert reads the parameters of POST /{account}/upsert_message_templates.
func parseUpsert(p *params, lenient bool) (templateRequest, *graphError) {
	p.refuseUnsimulated(lenient, unsimulatedTemplateFields()...)
	t := readTemplateHead(p)
	t.Languages = p.texts("languages")
	if len(t.Languages) == 0 {
		p.fail(required("languages"))
	}
	for _, l := range t.Languages {
		readLanguage(p, l)
	}
	t.readComponents(p, false)
	if !lenient {
		p.refuseUnknown()
	}
	return t, p.err()
}

// parseEdit reads the parameters of POST /{template}; what it leaves out stays.
func parseEdit(p *params, current templateSpec, lenient bool) (templateSpec, *graphError) {
	t := templateRequest{templateSpec: current}
	p.refuseUnsimulated(lenient, append(unsimulatedTemplateFields(), "name", "language")...)
	if category := p.text("category"); category != "" {
		checkCategory(p, category)
	}
	if p.has("message_send_ttl_seconds") {
		t.TTL = readTTL(p)
	}
	if p.has("components") {
		t.templateSpec = templateSpec{Name: current.Name, TTL: t.TTL}
		t.readComponents(p, true)
	}
	if !lenient {
		p.refuseUnknown()
	}
	return t.templateSpec, p.err()
}

func readTemplateHead(p *params) templateRequest {
	t := templateRequest{}
	if t.Name = p.need("name"); !templateName.MatchString(t.Name) {
		p.fail(errorByCode(100).with("Param name must be 1 to 512 of a-z, 0-9 and _."))
	}
	checkCategory(p, p.need("category"))
	if format := p.text("parameter_format"); format != "" && !strings.EqualFold(format, "POSITIONAL") {
		p.fail(errorByCode(100).with("Param parameter_format must be POSITIONAL for an authentication template."))
	}
	t.TTL = readTTL(p)
	return t
}

// checkCategory tells Meta's other categories from words that Meta does not have.
func checkCategory(p *params, category string) {
	switch strings.ToUpper(category) {
	case "AUTHENTICATION":
	case "MARKETING", "UTILITY":
		p.fail(unsimulated("templates of the category " + strings.ToUpper(category)))
	default:
		p.fail(errorByCode(100).with("Param category must be one of {AUTHENTICATION, MARKETING, UTILITY}"))
	}
}

func readTTL(p *params) int {
	if !p.has("message_send_ttl_seconds") {
		return defaultTTL
	}
	n := p.number("message_send_ttl_seconds")
	if n != foreverTTL && (n < minTTL || n > maxTTL) {
		p.fail(errorByCode(100).with("Param message_send_ttl_seconds must be between %d and %d, or -1, for an authentication template.", minTTL, maxTTL))
	}
	return n
}

func readLanguage(p *params, code string) string {
	if !slices.Contains(languages(), code) {
		p.fail(errorByCode(100).with("Param language must be one of the supported languages, not %q.", code))
	}
	return code
}

// readComponents reads body, footer and button. An upsert takes no texts: Meta
// writes them in each language.
func (t *templateRequest) readComponents(p *params, texts bool) {
	seen := map[string]int{}
	for _, c := range p.objects("components") {
		kind := strings.ToUpper(c.need("type"))
		seen[kind]++
		switch kind {
		case "BODY":
			t.Security = c.flag("add_security_recommendation")
			if c.text("text") != "" {
				p.fail(errorByCode(100).with("%s: the body of an authentication template is Meta's", c.at("text")))
			}
		case "FOOTER":
			t.Expiry = c.number("code_expiration_minutes")
			if c.has("code_expiration_minutes") && (t.Expiry < 1 || t.Expiry > maxExpiry) {
				p.fail(errorByCode(100).with("Param %s must be between 1 and %d.", c.at("code_expiration_minutes"), maxExpiry))
			}
		case "BUTTONS":
			buttons := c.objects("buttons")
			if len(buttons) != 1 {
				p.fail(errorByCode(100).with("%s: an authentication template has exactly one button", c.at("buttons")))
				continue
			}
			t.readButton(buttons[0], texts)
		default:
			p.fail(errorByCode(100).with("%s: an authentication template has no %s", c.at("type"), kind))
		}
	}
	for _, kind := range []string{"BODY", "FOOTER", "BUTTONS"} {
		if n := seen[kind]; n > 1 || n == 0 && kind != "FOOTER" {
			p.fail(errorByCode(100).with("components: there are %d components of type %s", n, kind))
		}
	}
}

func (t *templateRequest) readButton(b *params, texts bool) {
	if kind := strings.ToUpper(b.need("type")); kind != "OTP" {
		b.fail(errorByCode(100).with("Param %s must be OTP.", b.at("type")))
	}
	t.OTPType = strings.ToUpper(b.need("otp_type"))
	t.ButtonText, t.AutofillText = b.text("text"), b.text("autofill_text")
	for name, text := range map[string]string{"text": t.ButtonText, "autofill_text": t.AutofillText} {
		switch {
		case text != "" && !texts:
			b.fail(errorByCode(100).with("%s: not allowed when many languages are made at once", b.at(name)))
		case utf8.RuneCountInString(text) > maxButtonText:
			b.fail(errorByCode(100).with("Param %s must be at most %d characters long.", b.at(name), maxButtonText))
		}
	}
	apps, accepted := b.objects("supported_apps"), b.flag("zero_tap_terms_accepted")
	for _, a := range apps {
		app := supportedApp{a.need("package_name"), a.need("signature_hash")}
		if len(app.Package) > maxPackage {
			b.fail(errorByCode(100).with("Param %s must be at most %d characters long.", a.at("package_name"), maxPackage))
		}
		if !signatureHash.MatchString(app.Hash) {
			b.fail(errorByCode(100).with("Param %s must be exactly 11 of A-Z, a-z, 0-9, +, / and =.", a.at("signature_hash")))
		}
		t.Apps = append(t.Apps, app)
	}
	switch t.OTPType {
	case CopyCode:
	case OneTap, ZeroTap:
		if len(apps) < 1 || len(apps) > maxApps {
			b.fail(errorByCode(100).with("Param %s must name 1 to %d apps.", b.at("supported_apps"), maxApps))
		}
		if t.OTPType == ZeroTap && !accepted {
			b.fail(errorByCode(100).with("Param %s must be true for a zero-tap button.", b.at("zero_tap_terms_accepted")))
		}
	default:
		b.fail(errorByCode(100).with("Param %s must be one of {COPY_CODE, ONE_TAP, ZERO_TAP}.", b.at("otp_type")))
	}
}

// languages are the codes that a template can have, as far as clients of Meta
// list them.
func languages() []string {
	return strings.Fields(`af sq ar ar_AE ar_EG ar_LB ar_MA ar_QA az be_BY bn bn_IN bg ca zh_CN zh_HK zh_TW hr cs da
		prs_AF nl nl_BE en en_AE en_AU en_CA en_GB en_GH en_IE en_IN en_JM en_MY en_NZ en_QA en_SG en_UG en_US en_ZA
		et fil fi fr fr_BE fr_CA fr_CH fr_CI fr_MA ka de de_AT de_CH el gu ha he hi hu id ga it ja kn kk rw_RW ko
		ky_KG lo lv lt mk ms ml mr nb ps_AF fa pl pt_BR pt_PT pa ro ru sr si_LK sk sl es es_AR es_CL es_CO es_CR
		es_DO es_EC es_ES es_HN es_MX es_PA es_PE es_UY sw sv ta te th tr uk ur uz vi zu`)
}

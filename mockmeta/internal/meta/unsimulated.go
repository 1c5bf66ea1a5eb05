package meta

import (
	"slices"
	"strings"
)

// What Meta has and mockmeta does not simulate is answered with HTTP 501 and a
// type of its own, so that it is not taken for a refusal by Meta. The lists are
// those of Meta's OpenAPI document (21 October 2025) and of the Graph reference;
// what is not on them is refused as Meta refuses what it does not know.

// UnsimulatedCode is the code of such an error. Meta does not use that number.
const UnsimulatedCode = 501

// Unsimulated is the answer to a request for something that only Meta has.
func Unsimulated(what string) *Error {
	return &Error{
		HTTP: 501, Code: UnsimulatedCode, Type: "MockmetaException", Bare: true,
		Title: "mockmeta does not simulate " + what + ". This is not an answer of Meta.",
	}
}

// unsimulatedTypes are the messages that a business can send besides templates
// and text.
func unsimulatedTypes() []string {
	return strings.Fields(`audio contacts document gif image interactive link_preview location pin reaction sticker video`)
}

// messageTypes are all, as Graph lists them.
func messageTypes() string {
	types := append(unsimulatedTypes(), "template", "text")
	slices.Sort(types)
	return strings.ToUpper(strings.Join(types, ", "))
}

// unsimulatedMessageFields are parameters of a send.
func unsimulatedMessageFields() []string {
	return append(unsimulatedTypes(), "category", "context", "message_activity_sharing", "product_policy", "ttl_seconds")
}

// unsimulatedPhoneSettings are parameters of the number's settings.
func unsimulatedPhoneSettings() []string {
	return strings.Fields(`connection_status new_display_name search_visibility username webhook_url whatsapp_business_api_data`)
}

// unsimulatedRegistration are parameters of a registration.
func unsimulatedRegistration() []string {
	return strings.Fields(`backup meta_store_retention_minutes tier`)
}

// UnsimulatedTemplateFields are parameters and fields of templates.
func UnsimulatedTemplateFields() []string {
	return strings.Fields(`bid_spec creative_sourcing_spec cta_url_link_tracking_opted_out degrees_of_freedom_spec display_format
		is_primary_device_delivery_only library_template_body_inputs library_template_button_inputs library_template_name sub_category`)
}

// RefuseUnsimulated fails when one of the names is there, unless the mock is
// lenient. A null is as if it were not there.
func (p *Params) RefuseUnsimulated(lenient bool, names ...string) {
	for _, name := range names {
		if p.Has(name) && !lenient {
			p.Fail(Unsimulated("the parameter " + p.At(name)))
		}
	}
}

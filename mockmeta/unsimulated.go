package mockmeta

import (
	"net/http"
	"slices"
	"strings"
)

// What Meta has and mockmeta does not simulate is answered with HTTP 501 and a
// type of its own, so that it is not taken for a refusal by Meta. The lists are
// those of Meta's OpenAPI document (21 October 2025) and of the Graph reference;
// what is on none of them is refused as Meta refuses what it does not know.

// unsimulatedCode is the code of such an error. Meta has none of that number.
const unsimulatedCode = http.StatusNotImplemented

// unsimulated is the answer to a request for something that only Meta has.
func unsimulated(what string) *graphError {
	return &graphError{
		HTTP: http.StatusNotImplemented, Code: unsimulatedCode, Type: "MockmetaException", Bare: true,
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

// Fields of requests.
func unsimulatedMessageFields() []string {
	return append(unsimulatedTypes(), "category", "context", "message_activity_sharing", "product_policy", "ttl_seconds")
}

func unsimulatedPhoneSettings() []string {
	return strings.Fields(`connection_status new_display_name search_visibility username webhook_url whatsapp_business_api_data`)
}

func unsimulatedRegistration() []string {
	return strings.Fields(`backup meta_store_retention_minutes tier`)
}

func unsimulatedTemplateFields() []string {
	return strings.Fields(`bid_spec creative_sourcing_spec cta_url_link_tracking_opted_out degrees_of_freedom_spec display_format
		is_primary_device_delivery_only library_template_body_inputs library_template_button_inputs library_template_name sub_category`)
}

// unsimulatedEdges are the edges of a node, each with all methods that have no
// route; "" is the node itself.
func unsimulatedEdges(kind nodeKind) []string {
	return map[nodeKind][]string{
		phoneNode: strings.Fields(`block_users business_compliance_info call_permissions calls conversational_automation groups
			marketing_messages media message_history message_qrdls messages_encrypted official_business_account request_code
			settings verify_code whatsapp_business_encryption whatsapp_business_profile whatsapp_commerce_settings`),
		accountNode: append(strings.Fields(`activities assigned_users flows in_progress_onbehalf_request migrate_flows
			obo_mobility_intent phone_numbers schedules set_obo_mobility_intent set_solution_migration_intent solutions
			template_analytics template_performance_metrics`), ""),
		templateNode: {"compare", "unpause"},
		appNode: append(strings.Fields(`connected_client_businesses subscriptions uploads whatsapp_business_solution
			whatsapp_business_solutions`), ""),
		oauthNode: {"access_token"},
		meNode:    {""},
	}[kind]
}

// unsimulatedNodeFields are what "fields" of a node may name besides its edges.
func unsimulatedNodeFields(kind nodeKind) []string {
	return map[nodeKind][]string{
		phoneNode: strings.Fields(`certificate eligibility_for_api_business_global_search is_official_business_account
			is_preverified_number last_onboarded_time new_certificate new_display_name new_name_status search_visibility username`),
		accountNode: strings.Fields(`analytics audiences auth_international_rate_eligibility business_verification_status
			conversation_analytics country dcc_config health_status is_enabled_for_insights marketing_messages_onboarding_status
			message_templates on_behalf_of_business_info owner_business_info ownership_type pricing_analytics
			primary_business_location primary_funding_id purchase_order_number subscribed_apps
			whatsapp_business_manager_messaging_limit`),
		templateNode: append(unsimulatedTemplateFields(), "correct_category", "last_updated_time"),
	}[kind]
}

// noRoute is the answer to a call that no route serves.
func noRoute(call graphCall, kind nodeKind) *graphError {
	first, _, deep := strings.Cut(call.edge, "/")
	switch {
	case slices.Contains(unsimulatedEdges(kind), first):
		return unsimulated(strings.TrimSuffix(call.r.Method+" of "+string(kind)+"/"+first, "/"))
	case deep:
		return unknownPath(call.r.URL.Path)
	case call.r.Method == http.MethodGet && call.edge != "":
		return noSuchField(call.edge, kind)
	}
	return unsupported(call)
}

// missingField is the answer to a call that asks for a field we do not have.
func missingField(name string, kind nodeKind) *graphError {
	if slices.Contains(unsimulatedNodeFields(kind), name) || name != "" && slices.Contains(unsimulatedEdges(kind), name) {
		return unsimulated("the field " + name + " of " + string(kind))
	}
	return noSuchField(name, kind)
}

// refuseUnsimulated fails when one of the names is there, unless the mock is
// lenient. A null is as if it were not there.
func (p *params) refuseUnsimulated(lenient bool, names ...string) {
	for _, name := range names {
		if p.has(name) && !lenient {
			p.fail(unsimulated("the parameter " + p.at(name)))
		}
	}
}

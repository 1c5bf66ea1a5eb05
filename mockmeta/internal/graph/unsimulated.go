package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

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
		templateNode: append(meta.UnsimulatedTemplateFields(), "correct_category", "last_updated_time"),
	}[kind]
}

// noRoute is the answer to a call that no route serves.
func noRoute(c call, kind nodeKind) *meta.Error {
	first, _, deep := strings.Cut(c.edge, "/")
	switch {
	case slices.Contains(unsimulatedEdges(kind), first):
		return meta.Unsimulated(strings.TrimSuffix(c.r.Method+" of "+string(kind)+"/"+first, "/"))
	case deep:
		return meta.UnknownPath(c.r.URL.Path)
	case c.r.Method == http.MethodGet && c.edge != "":
		return noSuchField(c.edge, kind)
	}
	return unsupported(c)
}

// missingField is the answer to a call that asks for a field we do not have.
func missingField(name string, kind nodeKind) *meta.Error {
	if slices.Contains(unsimulatedNodeFields(kind), name) || name != "" && slices.Contains(unsimulatedEdges(kind), name) {
		return meta.Unsimulated("the field " + name + " of " + string(kind))
	}
	return noSuchField(name, kind)
}

package specs

import . "github.com/onsi/ginkgo/v2"

// What a spec may need of its target, in the words of REQUIREMENTS.md.
const (
	viaKratos    = "kratos"
	viaOwnKratos = "own-kratos"
	viaMessages  = "messages"
	viaEvents    = "events"
	viaWebhook   = "webhook"
	viaTap       = "tap"
	viaStart     = "start"
	viaHealth    = "health"
	viaFiles     = "files"
	viaOperator  = "operator"
	viaSettings  = "settings"
	viaProcess   = "process"
	viaInside    = "inside"
	viaSQLite    = "sqlite-file"
	viaOne       = "one-process"
)

// AccessEntry is the name of the report entries that say what a spec needed.
const AccessEntry = "access"

// needs notes that the running spec needs an access to the target. A courier that
// does not offer it is not asked: see the column of REQUIREMENTS.md.
func needs(access string) { AddReportEntry(AccessEntry, access, ReportEntryVisibilityNever) }

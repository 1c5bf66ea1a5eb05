package archtest

const module = "github.com/kratos-whatsapp/kratos-whatsapp"

// Rules are the walls of this repository.
func Rules() []Rule {
	const (
		ours     = module + "/..."
		courier  = module + "/courier"
		app      = courier + "/app"
		internal = courier + "/internal/..."
		store    = courier + "/store"
		vault    = store + "/vault"
		sqlite   = store + "/sqlite"
		postgres = store + "/postgres"
		webhook  = module + "/webhook"
		mock     = module + "/mockmeta"
		client   = mock + "/client"
		parts    = mock + "/internal/..."
		world    = mock + "/internal/world"
		meta     = mock + "/internal/meta"
		testkit  = module + "/conformance/testkit"
		server   = testkit + "/postgrestest"
		specs    = module + "/conformance/specs"
		words    = module + "/conformance/catalogue"
		target   = module + "/conformance/target"
		verdict  = module + "/conformance/verdict"
		report   = module + "/conformance/report"
		runner   = module + "/conformance/runner"
		program  = module + "/conformance/cmd/courier-conformance"
		storm    = module + "/conformance/storm"
		failover = module + "/conformance/failover"
		bench    = courier + "/bench"
		filled   = sqlite + "/filled"
		pgFilled = postgres + "/filled"
		second   = module + "/conformance/selftest/courier"
		examples = module + "/deploy/kratos" // files, no code
	)
	frameworks := []string{"github.com/onsi/ginkgo/v2/...", "github.com/onsi/gomega/..."}
	return []Rule{
		{
			Why:  "the rules of the courier know no Meta, no SQL, no SMS provider and no wiring",
			From: []string{courier}, To: []string{ours}, Unless: []string{internal},
		},
		{
			Why:  "the rules of the courier know no HTTP: Kratos' is in courier/kratos, the providers' behind Sender",
			From: []string{courier}, To: []string{"net/http/...", "github.com/ory/herodot/..."},
		},
		{
			Why:  "each part of the courier knows the rules and no other part",
			From: []string{courier + "/..."}, Except: []string{courier, app, courier + "/cmd/...", internal, courier + "/store/...", bench + "/..."},
			To: []string{ours}, Unless: []string{courier, internal},
		},
		{
			Why:  "the store and its contract know the rules and no other part",
			From: []string{courier + "/store/..."},
			To:   []string{ours}, Unless: []string{courier, internal, courier + "/store/..."},
		},
		{
			Why:  "the vault encrypts and makes lookups: it knows no database, and no store",
			From: []string{vault}, To: []string{courier + "/..."}, Unless: []string{courier, internal},
		},
		{
			Why:  "what all databases share names none of them",
			From: []string{store}, To: []string{courier + "/..."}, Unless: []string{courier, internal, vault},
		},
		{
			Why:  "a database is chosen in one place; all others know the store as an interface",
			From: []string{ours}, Except: []string{app, sqlite, postgres}, To: []string{sqlite, postgres}, Direct: true,
		},
		{
			Why:  "databases know what they share, and not each other",
			From: []string{sqlite, postgres}, To: []string{courier + "/..."}, Unless: []string{courier, internal, store, vault},
		},
		{
			Why:  "what the parts of the courier share knows none of them",
			From: []string{internal}, To: []string{ours}, Unless: []string{courier, internal},
		},
		{
			Why:  "app wires the courier, its parts and the webhook, and nothing else of ours",
			From: []string{app}, To: []string{ours}, Unless: []string{courier + "/...", webhook},
		},
		{
			Why:  "a program is only its start: what it does is in the packages",
			From: []string{courier + "/cmd/..."}, To: []string{ours}, Unless: []string{app}, Direct: true,
		},
		{
			Why:  "webhook is a leaf that others can use alone",
			From: []string{webhook + "/..."}, To: []string{ours}, Unless: []string{webhook + "/..."},
		},
		{
			Why:  "the mock shares no code with what it judges: a misspelt field would pass on both sides",
			From: []string{mock + "/..."}, To: []string{ours}, Unless: []string{mock + "/..."},
		},
		{
			Why:  "the mock's client is what others may import, so it drags no mock along",
			From: []string{client}, To: []string{ours}, Unless: []string{client},
		},
		{
			Why:  "the mock's program is only its start: what it does is in the packages",
			From: []string{mock + "/cmd/..."}, To: []string{ours}, Unless: []string{mock}, Direct: true,
		},
		{
			Why:  "what Meta takes does not depend on what is true at the moment",
			From: []string{meta}, To: []string{ours}, Unless: []string{client},
		},
		{
			Why:  "the mock's world knows none of its faces: they ask it, and it sends through its outbox",
			From: []string{world}, To: []string{ours}, Unless: []string{meta, client},
		},
		{
			Why:  "the mock's world, and what Meta takes, know no HTTP: that is for the faces",
			From: []string{world, meta}, To: []string{"net/http/..."}, Direct: true,
		},
		{
			Why:  "the mock's faces and its outbox know the world and not each other: mockmeta puts them together",
			From: []string{parts}, Except: []string{world, meta}, To: []string{ours}, Unless: []string{world, meta, client},
		},
		{
			Why:  "the mock is a program: others drive it by its client",
			From: []string{ours}, Except: []string{mock + "/..."}, To: []string{mock + "/..."}, Unless: []string{client},
		},
		{
			Why:  "testkit sees a deployment from outside",
			From: []string{testkit}, To: []string{ours}, Unless: []string{testkit, server, target, client, examples},
		},
		{
			Why:  "the second courier shares no mistake with the first, nor with what judges it",
			From: []string{second}, To: []string{ours}, Unless: []string{second},
		},
		{
			Why:  "the PostgreSQL of the tests is for everybody's tests, so it knows nobody",
			From: []string{server}, To: []string{ours}, Unless: []string{server},
		},
		{
			Why:  "the storm and what breaks replicas measure a deployment from outside",
			From: []string{storm + "/...", failover}, To: []string{ours}, Unless: []string{storm + "/...", failover, testkit, server, target, client, examples},
		},
		{
			Why:  "the benchmarks measure the program from outside; only a database is filled directly",
			From: []string{bench + "/..."}, To: []string{ours}, Unless: []string{bench + "/...", filled, pgFilled, testkit, server, target, client, examples},
		},
		{
			Why:  "the catalogue is only what REQUIREMENTS.md says",
			From: []string{words}, To: []string{ours},
		},
		{
			Why:  "a target is only what its file says",
			From: []string{target}, To: []string{ours},
		},
		{
			Why:  "a verdict is a pure function of the catalogue and of what was seen",
			From: []string{verdict}, To: []string{ours}, Unless: []string{words},
		},
		{
			Why:  "a report knows the verdict, and neither the specs nor how they were run",
			From: []string{report}, To: []string{ours}, Unless: []string{words, verdict},
		},
		{
			Why:  "specs take no expectation from the code that they judge",
			From: []string{specs}, To: []string{ours}, Unless: []string{specs, words, testkit, server, target, client, examples},
		},
		{
			Why:  "the demo uses what a visitor uses",
			From: []string{module + "/deploy/..."}, To: []string{ours}, Unless: []string{module + "/deploy/...", testkit, server, target, client},
		},
		{
			Why:  "only specs, and what runs them, speak a test framework; the rest is plain Go that everybody can use",
			From: []string{ours}, Except: []string{specs, runner, program},
			To: frameworks,
		},
		{
			Why:  "ory/x is frozen: it stays behind app, so that it can be replaced in one place",
			From: []string{ours}, Except: []string{app, courier + "/cmd/..."}, To: []string{"github.com/ory/x/..."}, Direct: true,
		},
		{
			Why:  "a database chooses its driver; no other package speaks SQL, the vault and what databases share included",
			From: []string{ours}, Except: []string{sqlite, filled, postgres, pgFilled, server},
			To: []string{"database/sql/...", "modernc.org/sqlite/...", "github.com/jackc/pgx/v5/..."}, Direct: true,
		},
	}
}

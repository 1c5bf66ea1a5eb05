package specs

import (
	"context"
	"errors"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// What Kratos answers, the same in v1.3.1 and v26.2.0 while its texts differ.
const (
	codeSent     = 1010014
	wrongCode    = 4010008
	tooOften     = 4000001
	noStrategy   = 4010002
	flowExpired  = "self_service_flow_expired"
	waitsForCode = "sent_email" // Also when it is a phone.
)

// startKratos starts one more Kratos for one spec. It posts to this courier,
// unless the options say otherwise.
func (d deployment) startKratos(ctx context.Context, o testkit.KratosOptions) *testkit.Kratos {
	GinkgoHelper()
	needs(viaOwnKratos)
	return runKratos(ctx, d, o)
}

// runKratos starts one more Kratos and ends it with the spec.
func runKratos(ctx context.Context, d deployment, o testkit.KratosOptions) *testkit.Kratos {
	GinkgoHelper()
	k := must(testkit.StartKratos(ctx, d.Courier.Wire(o)))
	DeferCleanup(k.Close)
	DeferCleanup(func() { AddReportEntry(SecretsEntry, k.Secrets(), ReportEntryVisibilityNever) })
	return k
}

// newPerson makes an identity with a number that no earlier run has used; traits
// may be nil.
func (d deployment) newPerson(ctx context.Context, traits map[string]any) *testkit.Person {
	GinkgoHelper()
	needs(viaKratos)
	return newPersonAt(ctx, d.Kratos, d.Numbers, traits)
}

func newPersonAt(ctx context.Context, kratos *testkit.Kratos, numbers *testkit.Numbers, traits map[string]any) *testkit.Person {
	GinkgoHelper()
	for {
		person, err := kratos.NewPerson(ctx, numbers.Next(), traits)
		if !errors.Is(err, testkit.ErrNumberTaken) {
			return must(person, err)
		}
	}
}

// askForCode starts a login and asks for a code; transient may be nil.
func askForCode(ctx context.Context, p *testkit.Person, transient map[string]any) *testkit.Login {
	GinkgoHelper()
	login := must(p.Login(ctx))
	expectCodeSent(must(login.RequestCode(ctx, transient)))
	return login
}

func expectCodeSent(r testkit.Result) {
	GinkgoHelper()
	Expect(r).To(And(HaveField("State", waitsForCode), HaveField("MessageIDs", ContainElement(int64(codeSent)))),
		"Kratos says that a code was sent: %+v", r)
}

// expectLogin submits a code and expects a session of that person.
func (d deployment) expectLogin(ctx context.Context, p *testkit.Person, login *testkit.Login, code string) {
	GinkgoHelper()
	result := must(login.Submit(ctx, code))
	expectSession(result)
	Expect(must(d.Kratos.Whoami(ctx, result.SessionToken))).To(Equal(p.ID), "the session is this person's")
}

func expectSession(r testkit.Result) {
	GinkgoHelper()
	Expect(r).To(And(HaveField("HTTPStatus", 200), HaveField("SessionToken", Not(BeEmpty()))), "the code logs in")
}

// expectRefused submits a code and expects no session and this message.
func expectRefused(ctx context.Context, login *testkit.Login, code string, message int64) {
	GinkgoHelper()
	Expect(must(login.Submit(ctx, code))).To(And(
		HaveField("SessionToken", BeEmpty()),
		HaveField("HTTPStatus", 400),
		HaveField("MessageIDs", ContainElement(message)),
	), "the code is refused")
}

// other returns a code that differs from this one.
func other(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}

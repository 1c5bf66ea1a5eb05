package courier

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// declaredClasses reads the constants of the type Class from the source.
func declaredClasses(t *testing.T) []Class {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "class.go", nil, 0)
	require.NoError(t, err)
	var found []Class
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Class" {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		require.True(t, ok)
		text, err := strconv.Unquote(literal.Value)
		require.NoError(t, err)
		found = append(found, Class(text))
		return true
	})
	return found
}

func TestEveryClassIsDecided(t *testing.T) {
	t.Parallel()
	require.Equal(t, declaredClasses(t), Classes())
	for _, class := range Classes() {
		traits := class.Traits()
		require.NotZero(t, traits.Next, "%s: what becomes of the message?", class)
		require.NotZero(t, traits.Blame, "%s: where does the cause lie?", class)
		require.False(t, traits.Next.retries() && traits.Alarm(), "%s: what passes needs no repair", class)
		require.False(t, traits.Remembered && traits.Blame != BlameRecipient, "%s: only people are remembered", class)
	}
	require.Zero(t, Class("").Traits())
	require.Zero(t, Class("of another version").Traits())
}

// What the rules do after a failed send is what the traits say.
func TestTheRulesFollowTheTraits(t *testing.T) {
	t.Parallel()
	whatsApp, sms := Step{Action: Send, Channel: WhatsApp}, Step{Action: Send, Channel: SMS}
	next := map[Recourse]Step{
		Retry:          {Action: Wait, At: at(4)}, // by the backoff
		RetryWhenAsked: {Action: Wait, At: at(9)},
		RetryLater:     {Action: Wait, At: at(10)}, // a second more than the pair limit
		NextVariant:    whatsApp,
		NextChannel:    sms,
		AwaitReport:    {Action: Wait, At: at(32)},
		GiveUp:         {Action: End, State: StateFailed, Reason: "why"},
	}
	for _, class := range Classes() {
		t.Run(string(class), func(t *testing.T) {
			t.Parallel()
			traits := class.Traits()
			p := testPolicy()
			b := Books{Policy: p, Budgets: Budgets{Total: []Rate{{10, time.Hour}}}}
			failure := &DeliveryError{Class: class, Reason: "why", Variant: "en"}
			if traits.Next == RetryWhenAsked || traits.Next == RetryLater {
				failure.RetryAfter = 6 * time.Second
			}
			begun := p.begin(testDelivery(t, nil), WhatsApp, "meta", at(2))
			after := p.finish(begun, 1, Taken{}, failure, at(3))
			step := p.Next(after, at(3))
			if after.State.Ended() {
				step = Step{Action: End, State: after.State, Reason: after.Reason}
			}
			require.Contains(t, next, traits.Next)
			require.Equal(t, next[traits.Next], step)
			require.Equal(t, traits.Remembered, len(b.memories(begun, after, at(3))) == 1)
			require.Equal(t, traits.Next == GiveUp, after.Alert == AlertIdentityChanged)

			h := Breakers{ProbeEvery: time.Minute, Routes: p.Routes, Observer: &watcher{}}
			h.learn(after.Attempts[0], false, at(3))
			require.Equal(t, traits.Blame == BlameAccount, h.Broken(Account))
			require.Equal(t, traits.Blame == BlameTemplate, h.Broken("en"))

			texted := p.begin(testDelivery(t, nil), SMS, "twilio", at(2))
			refused := p.finish(texted, 1, Taken{}, failure, at(3))
			givenBack := len(b.budgets(texted, refused)) == 1
			require.Equal(t, !traits.MayBeTaken, givenBack)
			require.Empty(t, refused.Alert)
		})
	}
}

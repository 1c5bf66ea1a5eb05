package courier

import (
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// move is one arrow of the drawing in the package documentation.
type move struct{ from, to State }

// The drawing in doc.go and the code agree: every move that random lives make
// is drawn, and every move that is drawn is made.
func TestDrawingAndCodeAgree(t *testing.T) {
	t.Parallel()
	made := map[move]bool{}
	for seed := range uint64(8_000) {
		live(t, rand.New(rand.NewPCG(seed, 1)), made)
	}
	require.Equal(t, sorted(drawn(t)), sorted(made))
}

func sorted(moves map[move]bool) []string {
	var lines []string
	for m := range maps.Keys(moves) {
		lines = append(lines, string(m.from)+" --> "+string(m.to))
	}
	slices.Sort(lines)
	return lines
}

// drawn reads the arrows of the drawing. An arrow from or to `live` stands for
// one from or to each live state.
func drawn(t *testing.T) map[move]bool {
	t.Helper()
	text, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	moves := map[move]bool{}
	for _, arrow := range regexp.MustCompile(`(?m)^//\s+(\S+) --> ([a-z_]+)`).FindAllStringSubmatch(string(text), -1) {
		if arrow[1] == "[*]" {
			continue
		}
		froms := []State{State(arrow[1])}
		if arrow[1] == "live" {
			froms = liveStates()
		}
		for _, from := range froms {
			require.True(t, from.Known(), arrow[0])
			require.True(t, State(arrow[2]).Known(), arrow[0])
			moves[move{from, State(arrow[2])}] = true
		}
	}
	require.NotEmpty(t, moves)
	return moves
}

// live lets one delivery live through random events and notes its moves.
func live(t *testing.T, random *rand.Rand, made map[move]bool) {
	t.Helper()
	p := testPolicy()
	p.Mode = []Mode{WhatsAppOrSMS, WhatsAppOrSMS, WhatsAppOnly, SMSOnly}[random.IntN(4)]
	p.CodeLife = time.Duration(30+random.IntN(270)) * time.Second
	phone, err := ParsePhone("+12025550143")
	require.NoError(t, err)
	code, err := NewCode("123456")
	require.NoError(t, err)
	d := newDelivery(ID{1}, Message{Purpose: Login, To: phone, Code: code, Asked: []Channel{"", "", SMS}[random.IntN(3)]}, p, start)
	now := start
	for range 16 {
		now = now.Add(time.Duration(random.IntN(20_000)) * time.Millisecond)
		next := happen(random, p, d, now)
		if next.State != d.State {
			made[move{d.State, next.State}] = true
		}
		require.Equal(t, next.State.Ended(), next.Code.IsZero())
		require.Equal(t, next.State.Ended(), next.Due.IsZero())
		d = next
	}
}

// happen lets one thing happen that can happen to a delivery.
func happen(random *rand.Rand, p Policy, d Delivery, now time.Time) Delivery {
	classes := Classes()
	reports := []AttemptState{AttemptSent, AttemptDelivered, AttemptRead, AttemptFailed}
	switch random.IntN(12) {
	case 0:
		return use(d, true, now)
	case 1:
		d, _ = disown(d, now)
		return d
	case 2:
		if !d.State.Ended() {
			d.end(StateSuperseded, ReasonSuperseded, now)
		}
		return d
	case 3, 4:
		if len(d.Attempts) > 0 {
			d, _ = p.record(d, Report{
				Attempt: 1 + random.IntN(len(d.Attempts)), State: reports[random.IntN(len(reports))],
				At: now, Class: classes[random.IntN(len(classes))],
			}, now)
		}
		return d
	case 5, 6:
		for _, a := range d.Attempts {
			if a.State == AttemptSending {
				var failure error
				if random.IntN(3) > 0 {
					failure = &DeliveryError{
						Class: classes[random.IntN(len(classes))], RetryAfter: time.Duration(random.IntN(2)*100) * time.Second,
					}
				}
				return p.finish(d, a.N, Taken{ProviderID: "x", Receipts: random.IntN(2) == 0}, failure, now)
			}
		}
		return d
	default:
		step := p.Next(d, now)
		if step.Action == Send && step.Channel == SMS && random.IntN(2) == 0 {
			return p.withoutBudget(d, &QuotaError{Quota: quotaSMSTotal}, now)
		}
		if step.Action == Send {
			return p.begin(d, step.Channel, "x", now)
		}
		return p.follow(d, step, now)
	}
}

package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	kratos "github.com/ory/kratos-client-go"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// idCodeSent is Kratos' message "a code was sent".
const idCodeSent = 1010014

// loginWithin is how long the whole login may take.
const loginWithin = time.Minute

// login makes one login as an app would, through Kratos' API, and says each step.
// Nothing in it looks into a process: the code is read from the simulated phone.
func (s *stage) login(ctx context.Context, phone string, say progress) error {
	ctx, cancel := context.WithTimeout(ctx, loginWithin)
	defer cancel()
	started := time.Now()

	person, err := s.kratos.NewPerson(ctx, phone, nil)
	if err != nil {
		return err
	}
	say.step(started, "an account for %s, made through Kratos' admin API", mask(phone))

	login, err := person.Login(ctx)
	if err != nil {
		return err
	}
	asked := time.Now()
	sent, err := login.RequestCode(ctx, nil)
	if err != nil {
		return err
	}
	if !slices.Contains(sent.MessageIDs, idCodeSent) {
		return fmt.Errorf("no code was sent by Kratos: status %d, messages %v", sent.HTTPStatus, sent.MessageIDs)
	}
	say.step(started, `asked Kratos for a code; it answers "sent" (state %s)`, sent.State)

	messages, err := s.mock.WaitForMessages(ctx, client.Filter{To: phone, Channel: "whatsapp"}, 1)
	if err != nil {
		return s.explain(ctx, phone, err)
	}
	message := messages[0]
	say.step(started, "WhatsApp message on the phone, %d ms after asking:", since(asked))
	say.quote(message.Text)

	if err := s.mock.WaitForStatus(ctx, message.ID, "delivered"); err != nil {
		return s.explain(ctx, phone, err)
	}
	delivery, err := s.delivery(ctx, phone, func(d testkit.Delivery) bool { return d.State == "delivered" || d.State == "read" })
	if err != nil {
		return s.explain(ctx, phone, err)
	}
	say.step(started, "Meta's signed webhook came: the courier has %s as %s", delivery.To, delivery.State)

	entered, err := login.Submit(ctx, message.Code)
	if err != nil {
		return err
	}
	if entered.SessionToken == "" {
		return fmt.Errorf("the code was refused by Kratos: status %d, messages %v", entered.HTTPStatus, entered.MessageIDs)
	}
	aal, err := s.assurance(ctx, entered.SessionToken)
	if err != nil {
		return err
	}
	say.step(started, "typed the code: signed in, session %s", aal)

	if _, err := s.delivery(ctx, phone, func(d testkit.Delivery) bool { return !d.UsedAt.IsZero() }); err != nil {
		return s.explain(ctx, phone, err)
	}
	say.step(started, "Kratos told the courier that the code was used: no SMS will follow")
	return nil
}

// delivery waits until the courier's operator API shows a delivery to the phone
// that is as wanted.
func (s *stage) delivery(ctx context.Context, phone string, wanted func(testkit.Delivery) bool) (testkit.Delivery, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		found, err := s.courier.Operator().DeliveriesTo(ctx, phone, time.Time{})
		if err == nil && len(found) > 0 && wanted(found[len(found)-1]) {
			return found[len(found)-1], nil
		}
		select {
		case <-ctx.Done():
			return testkit.Delivery{}, errors.Join(fmt.Errorf("the courier's record of the delivery did not come so far: %+v", found), err)
		case <-tick.C:
		}
	}
}

func (s *stage) assurance(ctx context.Context, token string) (string, error) {
	config := kratos.NewConfiguration()
	config.Servers = kratos.ServerConfigurations{{URL: s.kratos.PublicURL}}
	config.HTTPClient = &http.Client{Timeout: loginWithin}
	session, res, err := kratos.NewAPIClient(config).FrontendAPI.ToSession(ctx).XSessionToken(token).Execute()
	if err != nil {
		return "", fmt.Errorf("ask Kratos for the session: %w", err)
	}
	defer res.Body.Close()
	return string(session.GetAuthenticatorAssuranceLevel()), nil
}

// mask hides a number but for its ends.
func mask(phone string) string {
	hidden := []rune(phone)
	for i := 2; i < len(hidden)-2; i++ {
		hidden[i] = '*'
	}
	return string(hidden)
}

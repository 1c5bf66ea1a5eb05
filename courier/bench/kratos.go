package bench

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// answerTime is how long Meta takes for an answer in the storm of logins.
const answerTime = 300 * time.Millisecond

// storm lets people ask for codes at once: by real Kratos with the courier, and by
// Kratos alone, which posts straight to Meta.
func storm(ctx context.Context, people int, progress io.Writer) (s Storm, err error) {
	s = Storm{People: people, Answer: answerTime}
	fmt.Fprintf(progress, "%d logins at once through Kratos and the courier\n", people)
	if s.WithUs, err = stormOf(ctx, people, withCourier); err != nil {
		return s, err
	}
	fmt.Fprintf(progress, "%d logins at once through Kratos alone\n", people)
	s.Alone, err = stormOf(ctx, people, straightToMeta)
	return s, err
}

// way tells Kratos where to post its messages, and returns what to close.
type way func(ctx context.Context, mock *testkit.Mock, o *testkit.KratosOptions) (closer func(context.Context) error, err error)

func withCourier(ctx context.Context, mock *testkit.Mock, o *testkit.KratosOptions) (func(context.Context) error, error) {
	c, err := testkit.StartCourier(ctx, testkit.CourierOptions{MockAPI: mock.APIURL})
	if err != nil {
		return nil, err
	}
	o.CourierURL, o.CourierKey = c.PrivateURL, c.KratosKey
	return c.Close, mock.Subscribe(ctx, c.WebhookURL(), testkit.MockVerifyToken)
}

func straightToMeta(_ context.Context, mock *testkit.Mock, o *testkit.KratosOptions) (func(context.Context) error, error) {
	o.CourierURL = "http://127.0.0.1:9" // where Kratos' web hooks go; nobody logs in
	o.Configure = func(c testkit.Config) {
		c.Set("courier.channels", []any{map[string]any{"id": "sms", "type": "http", "request_config": map[string]any{
			"url": mock.APIURL + "/v25.0/" + testkit.MockPhoneNumberID + "/messages", "method": "POST",
			"body":    "base64://" + base64.StdEncoding.EncodeToString([]byte(template)),
			"headers": map[string]any{"Content-Type": "application/json"},
			"auth":    map[string]any{"type": "api_key", "config": map[string]any{"in": "header", "name": "Authorization", "value": "Bearer " + testkit.MockAccessToken}},
		}}})
	}
	return func(context.Context) error { return nil }, nil
}

// template is the jsonnet with which Kratos itself makes Meta's request.
const template = `function(ctx) {
  local code = [{type: 'text', text: ctx.template_data.login_code}],
  messaging_product: 'whatsapp', recipient_type: 'individual', to: ctx.recipient, type: 'template',
  template: {name: 'login_code', language: {code: 'en_US'}, components: [
    {type: 'body', parameters: code}, {type: 'button', sub_type: 'url', index: '0', parameters: code},
  ]},
}`

// stormOf returns how long it takes from the first request until Meta has taken
// everyone's code.
func stormOf(ctx context.Context, people int, way way) (_ time.Duration, err error) {
	mock, err := testkit.StartMock(ctx, testkit.MockOptions{Args: []string{"--calm", "--throughput=-1"}})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, mock.Close(context.WithoutCancel(ctx))) }()
	var o testkit.KratosOptions
	closer, err := way(ctx, mock, &o)
	if closer != nil {
		defer func() { err = errors.Join(err, closer(context.WithoutCancel(ctx))) }()
	}
	if err != nil {
		return 0, err
	}
	kratos, err := testkit.StartKratos(ctx, o)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, kratos.Close(context.WithoutCancel(ctx))) }()
	slow := client.Chaos{Faults: []client.Fault{{Kind: client.LateAnswer, Rate: 1, Delay: client.Duration(answerTime)}}}
	if _, err := mock.SetChaos(ctx, slow); err != nil {
		return 0, err
	}
	logins, err := flows(ctx, kratos, people)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	errs := make([]error, people)
	var all sync.WaitGroup
	for i, login := range logins {
		all.Go(func() { _, errs[i] = login.RequestCode(ctx, nil) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	_, err = mock.WaitForMessages(ctx, client.Filter{Channel: client.WhatsApp}, people)
	return time.Since(began), err
}

// flows are login flows of as many people.
func flows(ctx context.Context, kratos *testkit.Kratos, people int) ([]*testkit.Login, error) {
	// Kratos knows fewer area codes than we do.
	var numbers testkit.Numbers
	logins := make([]*testkit.Login, people)
	for i := range logins {
		person, err := kratos.NewPerson(ctx, numbers.Next(), nil)
		if err != nil {
			return nil, err
		}
		if logins[i], err = person.Login(ctx); err != nil {
			return nil, err
		}
	}
	return logins, nil
}

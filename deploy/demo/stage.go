package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/deploy/demo/signin"
)

// ports are where the parts listen on 127.0.0.1; 0 means any free one.
type ports struct {
	kratosPublic, kratosAdmin     int
	page                          int
	courierPrivate, courierPublic int
	mockAPI, mockControl          int
}

// usualPorts are the ports that the documentation names.
func usualPorts() ports {
	return ports{
		kratosPublic: 4433, kratosAdmin: 4434, page: 4455,
		courierPrivate: 4480, courierPublic: 4481, mockAPI: 4490, mockControl: 4491,
	}
}

// check reports every port that is taken, before anything is started.
func (p ports) check() error {
	var errs []error
	for _, part := range []struct {
		name string
		port int
	}{
		{"Kratos (public API)", p.kratosPublic},
		{"Kratos (admin API)", p.kratosAdmin},
		{"the sign-in page", p.page},
		{"whatsapp-courier (for Kratos)", p.courierPrivate},
		{"whatsapp-courier (for webhooks)", p.courierPublic},
		{"mockmeta (API)", p.mockAPI},
		{"mockmeta (phones)", p.mockControl},
	} {
		errs = append(errs, testkit.PortFree(part.port, part.name))
	}
	return errors.Join(errs...)
}

// stage is everything that runs.
type stage struct {
	mock    *testkit.Mock
	courier *testkit.Courier
	kratos  *testkit.Kratos
	pageURL string

	page       *http.Server
	pageFailed chan error
}

// raise starts the parts one after the other, each when the one before is ready.
// When one does not start, those before it are stopped.
func raise(ctx context.Context, p ports, say progress) (*stage, error) {
	s := &stage{pageFailed: make(chan error, 1)}
	if err := s.raise(ctx, p, say); err != nil {
		return nil, errors.Join(err, s.close(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *stage) raise(ctx context.Context, p ports, say progress) (err error) {
	started := time.Now()
	s.mock, err = testkit.StartMock(ctx, testkit.MockOptions{
		APIPort: p.mockAPI, ControlPort: p.mockControl, Args: []string{"--calm"},
	})
	if err != nil {
		return err
	}
	say.part("mockmeta", "plays Meta and the SMS provider", s.mock.APIURL, started)

	started = time.Now()
	s.courier, err = testkit.StartCourier(ctx, testkit.CourierOptions{
		PrivatePort: p.courierPrivate, PublicPort: p.courierPublic, MockAPI: s.mock.APIURL,
		Configure: func(c testkit.Config) {
			c.Set("status.enabled", true)
			// The page passes on what browsers ask.
			c.Set("serve.trusted_proxies", []string{"127.0.0.1"})
		},
	})
	if err != nil {
		return err
	}
	if err := s.mock.Subscribe(ctx, s.courier.WebhookURL(), testkit.MockVerifyToken); err != nil {
		return fmt.Errorf("subscribe the courier to the webhooks: %w\n%s", err, s.courier.LogTail(logLines))
	}
	say.part("whatsapp-courier", "delivers the codes", s.courier.PrivateURL, started)

	// The page listens before Kratos starts, because Kratos is told its address.
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.page)))
	if err != nil {
		return fmt.Errorf("start the sign-in page: %w", err)
	}
	s.pageURL = "http://" + listener.Addr().String()

	started = time.Now()
	s.kratos, err = testkit.StartKratos(ctx, testkit.KratosOptions{
		PublicPort: p.kratosPublic, AdminPort: p.kratosAdmin,
		CourierURL: s.courier.PrivateURL, CourierKey: s.courier.KratosKey,
		Configure: func(c testkit.Config) { movePage(map[string]any(c), s.pageURL) },
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	say.part("kratos", "real Ory Kratos, makes and checks the codes", s.kratos.PublicURL, started)

	started = time.Now()
	s.servePage(listener)
	say.part("sign-in page", "what people see", s.pageURL, started)
	return nil
}

func (s *stage) servePage(listener net.Listener) {
	s.page = &http.Server{
		Handler: signin.New(signin.Config{
			PageURL: s.pageURL, KratosURL: s.kratos.PublicURL, KratosAdminURL: s.kratos.AdminURL,
			PhonesURL: s.mock.ControlURL, StatusURL: s.courier.PublicURL + "/status",
		}),
		ReadHeaderTimeout: 5 * time.Second,
	}
	go func() {
		if err := s.page.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.pageFailed <- fmt.Errorf("the sign-in page ended: %w", err)
		}
	}()
}

// movePage replaces the address of the sign-in page that kratos.yml names.
func movePage(node any, pageURL string) any {
	const usual = "http://127.0.0.1:4455"
	switch node := node.(type) {
	case string:
		if rest, ok := strings.CutPrefix(node, usual); ok {
			return pageURL + rest
		}
	case map[string]any:
		for key, value := range node {
			node[key] = movePage(value, pageURL)
		}
	case []any:
		for i, value := range node {
			node[i] = movePage(value, pageURL)
		}
	}
	return node
}

// watch returns when a part has ended, which none should, or ctx ends.
func (s *stage) watch(ctx context.Context) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.pageFailed:
			return err
		case <-tick.C:
			if err := s.alive(); err != nil {
				return err
			}
		}
	}
}

func (s *stage) alive() error {
	for _, part := range []struct {
		name    string
		process interface {
			Running() bool
			ExitCode() int
			LogTail(lines int) string
		}
	}{
		{"mockmeta", s.mock},
		{"whatsapp-courier", s.courier},
		{"kratos", s.kratos},
	} {
		if !part.process.Running() {
			return fmt.Errorf("%s ended by itself (exit status %d), so the demo stops\n%s",
				part.name, part.process.ExitCode(), part.process.LogTail(logLines))
		}
	}
	return nil
}

// close stops everything, what people reach first.
func (s *stage) close(ctx context.Context) error {
	var errs []error
	if s.page != nil {
		errs = append(errs, s.page.Close())
	}
	if s.kratos != nil {
		errs = append(errs, s.kratos.Close(ctx))
	}
	if s.courier != nil {
		errs = append(errs, s.courier.Close(ctx))
	}
	if s.mock != nil {
		errs = append(errs, s.mock.Close(ctx))
	}
	return errors.Join(errs...)
}

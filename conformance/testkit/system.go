package testkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// SystemOptions describe a whole deployment. The addresses and keys that the
// parts need of each other are filled in.
type SystemOptions struct {
	Mock    MockOptions
	Courier CourierOptions
	Kratos  KratosOptions
	// Numbers are the people's; nil are those of the zero value.
	Numbers *Numbers
	// WithoutKratos starts mock and courier only, for callers that post messages
	// themselves.
	WithoutKratos bool
	// Tap is the address at which the suite stands between a Kratos that runs already
	// and the courier; "" if it does not.
	Tap string
}

// System is a deployment: Kratos posts to the courier, the courier sends to the
// mock, and the mock's signed webhooks come back to the courier.
type System struct {
	Mock    *Mock
	Courier *Courier
	// Kratos is nil when it was not wanted.
	Kratos  *Kratos
	Numbers *Numbers
	// Tap is between a Kratos that runs already and the courier; nil if nothing is.
	Tap *Tap
}

// StartSystem starts all parts and subscribes the courier to the webhooks. When
// one part does not start, those before it are stopped.
func StartSystem(ctx context.Context, o SystemOptions) (*System, error) {
	s := &System{Numbers: cmp.Or(o.Numbers, &Numbers{})}
	if err := s.start(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *System) start(ctx context.Context, o SystemOptions) (err error) {
	t := o.Courier.Target
	if t != nil && t.Mock != nil {
		s.Mock = attachMock(*t.Mock)
	} else if s.Mock, err = StartMock(ctx, o.Mock); err != nil {
		return err
	} else if t != nil && t.Template != "" {
		if err := s.Mock.AddTemplate(ctx, t.Template); err != nil {
			return err
		}
	}
	if o.Courier.MockAPI == "" {
		o.Courier.MockAPI = s.Mock.APIURL
	}
	o.Courier.CAFile = s.Mock.CAFile
	if t != nil {
		s.Courier, err = startTarget(ctx, o.Courier, s.Mock)
	} else {
		s.Courier, err = StartCourier(ctx, o.Courier)
	}
	if err != nil {
		return err
	}
	if s.Courier.TakesReports() {
		if err := s.Mock.Subscribe(ctx, s.Courier.WebhookURL(), MockVerifyToken); err != nil {
			return fmt.Errorf("subscribe the courier to the webhooks: %w\n%s", err, s.Courier.LogTail(20))
		}
	}
	if o.Tap != "" {
		if s.Tap, err = StartTap(ctx, o.Tap, s.Courier.KratosURL()); err != nil {
			return err
		}
	}
	if t != nil && t.Kratos != nil {
		s.Kratos = AttachKratos(*t.Kratos)
		return nil
	}
	if o.WithoutKratos {
		return nil
	}
	s.Kratos, err = StartKratos(ctx, s.Courier.Wire(o.Kratos))
	return err
}

// Close stops everything, the sender of messages first.
func (s *System) Close(ctx context.Context) error {
	var errs []error
	if s.Kratos != nil {
		errs = append(errs, s.Kratos.Close(ctx))
	}
	if s.Tap != nil {
		errs = append(errs, s.Tap.Leave())
	}
	if s.Courier != nil {
		errs = append(errs, s.Courier.Close(ctx))
	}
	if s.Mock != nil {
		errs = append(errs, s.Mock.Close(ctx))
	}
	return errors.Join(errs...)
}

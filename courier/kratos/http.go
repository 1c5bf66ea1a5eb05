package kratos

import (
	"errors"
	"io"
	"net/http"

	"github.com/ory/herodot"
)

// maxBody bounds a request body, in bytes. Kratos' messages have 1 to 25 kB.
const maxBody = 1 << 20

// readBody reads a request body within its bounds. Its errors are ready to be
// answered.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, status(http.StatusRequestEntityTooLarge).WithReasonf("The body is longer than %d bytes.", tooLong.Limit)
	}
	if err != nil {
		return nil, herodot.ErrBadRequest.WithReason("The body ended early.")
	}
	return body, nil
}

// unavailable never carries a Retry-After: Kratos v1.3.1 would sleep that long
// in its only worker.
func unavailable(reason string) error {
	return status(http.StatusServiceUnavailable).WithReason(reason)
}

func status(code int) *herodot.DefaultError {
	return &herodot.DefaultError{CodeField: code, StatusField: http.StatusText(code), ErrorField: http.StatusText(code)}
}

package testkit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Answer is an HTTP answer, read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Do sends one request. header is a list of names and values in turn.
func Do(ctx context.Context, method, url, body string, header ...string) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("read the answer of %s: %w", url, err)
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: string(text)}, nil
}

func expectOK(ctx context.Context, url string) error {
	answer, err := Do(ctx, http.MethodGet, url, "")
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return fmt.Errorf("%s answered %d, not %d: %s", url, answer.Status, http.StatusOK, answer.Body)
	}
	return nil
}

// closeAll stops first and cleans up whatever happened.
func closeAll(ctx context.Context, stop func(context.Context) error, remove func() error) error {
	return errors.Join(stop(ctx), remove())
}

package testkit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// mostAnswer is the longest answer that is read, in bytes. What a target answers is
// short, and its operators read a page.
const mostAnswer = 16 << 20

// answersWithin is how long an answer may take, to its end: a program that says nothing is
// to fail what it is asked for, and not to use up the time of a spec.
const answersWithin = 15 * time.Second

// Answer is an HTTP answer, read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Do sends one request. header is a list of names and values in turn. Ten
// redirects are followed, as Kratos does. An answer of more than 16 MiB is an error, and so
// is one that takes longer than 15 seconds.
func Do(ctx context.Context, method, url, body string, header ...string) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
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
	text, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer+1))
	if err != nil {
		return Answer{}, fmt.Errorf("read the answer of %s: %w", url, err)
	}
	if len(text) > mostAnswer {
		return Answer{}, fmt.Errorf("%s answers more than %d bytes", url, mostAnswer)
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: string(text)}, nil
}

func expectOK(ctx context.Context, url string) error {
	answer, err := Do(ctx, http.MethodGet, url, "")
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return fmt.Errorf("%s answered %d, not %d: %s", url, answer.Status, http.StatusOK, beginning(answer.Body))
	}
	return nil
}

// beginning is enough of an answer for people.
func beginning(text string) string {
	const enough = 200
	if len(text) <= enough {
		return text
	}
	return text[:enough] + "…"
}

// closeAll stops first and cleans up whatever happened.
func closeAll(ctx context.Context, stop func(context.Context) error, remove func() error) error {
	return errors.Join(stop(ctx), remove())
}

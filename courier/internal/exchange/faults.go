package exchange

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// unsent is for a request of which nothing left. What is wrong with certificates
// stays wrong until it is repaired, and so does what a proxy refuses; a name that is
// not found may be there in a second, as when a container's resolver starts.
func unsent(err error) *courier.DeliveryError {
	cause := withoutURL(err)
	fault := &courier.DeliveryError{
		Class:  courier.ClassTransient,
		Reason: fmt.Sprintf("the provider cannot be reached (%v): check base_url, proxy_url, name resolution and the firewall", cause),
		Cause:  cause,
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		fault.Class = courier.ClassConfig
		fault.Reason = fmt.Sprintf("the certificate of the provider, or of the proxy before it, is not trusted (%v): look whether this machine has "+
			"CA certificates (package ca-certificates) and the right time, and whether something on the way intercepts TLS", cause)
	}
	if refused, ok := errors.AsType[proxyError](err); ok {
		fault.Class = courier.ClassConfig
		fault.Reason = fmt.Sprintf("%v: check the user name and password in proxy_url, and whether the proxy lets us through to the provider", refused)
	}
	return fault
}

func (c *Client) unanswered(err error) *courier.DeliveryError {
	cause := harmless(err)
	reason := fmt.Sprintf("the connection broke before the provider answered (%v); the message may have been sent", cause)
	if isTimeout(err) {
		reason = fmt.Sprintf("the provider did not answer in time (at most %s); the message may have been sent", c.timeout)
	}
	return &courier.DeliveryError{Class: courier.ClassUnknown, Reason: reason, Cause: cause}
}

func isTimeout(err error) bool {
	var netError net.Error
	return errors.As(err, &netError) && netError.Timeout()
}

// withoutURL takes away what http.Client puts around an error: the URL names the
// account.
func withoutURL(err error) error {
	var urlError *url.Error
	if errors.As(err, &urlError) {
		return urlError.Err
	}
	return err
}

// harmless keeps the errors that are known not to quote what the provider wrote:
// net/http quotes an answer that it cannot read, and that may echo the request.
func harmless(err error) error {
	err = withoutURL(err)
	var operation *net.OpError
	switch {
	case errors.As(err, &operation):
		return operation
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return errors.New("the answer could not be read")
}

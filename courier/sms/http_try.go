package sms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// tryBody makes the body of a made-up message, so that a faulty snippet shows
// when the courier starts and not when the first person waits.
func (h *HTTP) tryBody() error {
	to, err := courier.ParsePhone("+447700900123")
	if err != nil {
		return err
	}
	code, err := courier.NewCode("735104")
	if err != nil {
		return err
	}
	o := courier.Outgoing{
		To: to, Code: code, Purpose: courier.Login, Locales: []string{"en"},
		Reference: courier.Reference(courier.ID{}, 1), Life: 5 * time.Minute,
	}
	if _, err := h.render(context.Background(), o, "735104 is your code."); err != nil {
		return fmt.Errorf("%s: fails for a made-up message: %s", h.body.path, harmless(err))
	}
	return nil
}

// tryMessageID looks at the form of a result only. The snippet may fail: no
// provider gives an empty answer.
func (h *HTTP) tryMessageID() error {
	var v verdict
	err := h.messageID.call(context.Background(), answerInput{Status: http.StatusOK, Body: map[string]any{}}, &v)
	if errors.Is(err, errResult) {
		return fmt.Errorf("%s: must return the message's id, or an object with any of id, accepted, class (%s), code and reason", h.messageID.path, classesOfSnippets())
	}
	return nil
}

// tryReceipt does the same with a request that tells nothing.
func (h *HTTP) tryReceipt() error {
	var r receipts
	err := h.receipt.call(context.Background(), receiptInput{Method: http.MethodPost, Body: map[string]any{}}, &r)
	if errors.Is(err, errResult) {
		return fmt.Errorf("%s: must return a list of objects with ref or id, state, and perhaps class (%s), code and reason", h.receipt.path, classesOfSnippets())
	}
	return nil
}

// classesOfSnippets lists the classes that a snippet may give.
func classesOfSnippets() string {
	var names []string
	for _, class := range courier.Classes() {
		if class.Traits().InSnippets {
			names = append(names, string(class))
		}
	}
	return strings.Join(names, ", ")
}

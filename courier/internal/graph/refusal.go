package graph

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/lenient"
)

// RefusalError is an answer of Meta's that is not what was asked for. Meta's texts are not
// passed on: they may quote what was sent. Its codes are those of Meta's page on errors.
type RefusalError struct {
	// Status is that of HTTP. Code and Subcode are Meta's, 0 when there is none.
	Status, Code, Subcode int
	// Proof says that the error is about appsecret_proof, which has no code of its own.
	Proof bool
	trace string
}

// Error says what Meta answered.
func (e *RefusalError) Error() string {
	text := fmt.Sprintf("Meta answered HTTP %d", e.Status)
	if e.Code != 0 {
		text += fmt.Sprintf(" with error code %d", e.Code)
	}
	if e.Subcode != 0 {
		text += fmt.Sprintf(", subcode %d", e.Subcode)
	}
	if e.trace != "" {
		text += fmt.Sprintf(" (fbtrace_id %s)", e.trace)
	}
	return text
}

// parse reads an answer, or returns the *RefusalError that it is.
func parse(answer exchange.Answer, into any) error {
	var body struct {
		Error *struct {
			Code    lenient.Text `json:"code"`
			Subcode lenient.Text `json:"error_subcode"`
			Message lenient.Text `json:"message"`
			TraceID lenient.Text `json:"fbtrace_id"`
		} `json:"error"`
	}
	unreadable := json.Unmarshal(answer.Body, &body)
	if unreadable == nil && body.Error == nil && answer.OK() {
		if unreadable = json.Unmarshal(answer.Body, into); unreadable == nil {
			return nil
		}
	}
	refused := &RefusalError{Status: answer.Status}
	if e := body.Error; e != nil {
		refused.Code, _ = strconv.Atoi(string(e.Code))
		refused.Subcode, _ = strconv.Atoi(string(e.Subcode))
		refused.Proof = refused.Code == 100 && strings.Contains(string(e.Message), "appsecret_proof")
		if regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`).MatchString(string(e.TraceID)) {
			refused.trace = string(e.TraceID)
		}
	}
	return refused
}

// AboutAll reports whether every other request would be refused too.
func (e *RefusalError) AboutAll() bool {
	return e.Proof || e.badToken() || e.badVersion() || e.Code == 0
}

func (e *RefusalError) badToken() bool   { return e.Code == 190 || e.Code == 102 || e.Code == 104 }
func (e *RefusalError) badVersion() bool { return e.Code == 2500 || e.Code == 2635 }
func (e *RefusalError) noObject() bool   { return e.Code == 803 || e.Code == 100 && e.Subcode == 33 }

func (e *RefusalError) forbidden() bool {
	return e.Code == 3 || e.Code == 10 || e.Code >= 200 && e.Code <= 299
}

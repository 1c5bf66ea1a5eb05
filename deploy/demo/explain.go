package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// explain adds to an error what the parts know about the message: Kratos' record
// of it, because Kratos logs no failed dispatch, and what both said last.
func (s *stage) explain(ctx context.Context, phone string, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return fmt.Errorf("%w\n%s\n%s\n%s", err, s.dispatches(ctx, phone), s.courier.LogTail(logLines), s.kratos.LogTail(logLines))
}

// dispatches is how Kratos fared with its messages to a phone. It leaves out the
// bodies, which hold codes.
func (s *stage) dispatches(ctx context.Context, phone string) string {
	type message struct {
		ID         string `json:"id"`
		Status     string `json:"status"`
		SendCount  int    `json:"send_count"`
		Dispatches []struct {
			Status string          `json:"status"`
			Error  json.RawMessage `json:"error"`
		} `json:"dispatches"`
	}
	var list []message
	path := s.kratos.AdminURL + "/admin/courier/messages"
	if err := getJSON(ctx, path+"?recipient="+url.QueryEscape(phone), &list); err != nil {
		return fmt.Sprintf("--- Kratos' messages: %v", err)
	}
	lines := []string{fmt.Sprintf("--- Kratos has %d messages for %s", len(list), mask(phone))}
	for _, m := range list {
		if err := getJSON(ctx, path+"/"+m.ID, &m); err != nil {
			lines = append(lines, err.Error())
			continue
		}
		lines = append(lines, fmt.Sprintf("%s after %d tries", m.Status, m.SendCount))
		for _, d := range m.Dispatches {
			lines = append(lines, fmt.Sprintf("  %s %s", d.Status, d.Error))
		}
	}
	return strings.Join(lines, "\n")
}

func getJSON(ctx context.Context, url string, into any) error {
	answer, err := testkit.Do(ctx, http.MethodGet, url, "")
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return fmt.Errorf("%s answered %d", url, answer.Status)
	}
	return json.Unmarshal([]byte(answer.Body), into)
}

package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func numbersCommand() *cobra.Command {
	return group("numbers", "Deny, allow and forget numbers", "Say which numbers want no messages, and forget a number.",
		func(o *options) []*cobra.Command {
			return []*cobra.Command{
				{
					Use:   "deny [NUMBER]",
					Short: "Send no more messages to a number",
					Long:  "Messages to a denied number are suppressed.\n" + aboutNumbers,
					Args:  cobra.MaximumNArgs(1),
					RunE:  run(o, forEach(http.MethodPut, "denied-numbers", "gets no more messages")),
				},
				{
					Use:   "allow [NUMBER]",
					Short: "Send messages to a number again",
					Long:  "Takes a number off the list of those that want no messages.\n" + aboutNumbers,
					Args:  cobra.MaximumNArgs(1),
					RunE:  run(o, forEach(http.MethodDelete, "denied-numbers", "gets messages again")),
				},
				{
					Use:   "forget [NUMBER]",
					Short: "Take a number out of everything that is stored of it",
					Long: "What is pending for the number ends, its deliveries lose number and code, and what its limit counted is\n" +
						"forgotten. That it wants no messages is not. This cannot be undone.\n" + aboutNumbers,
					Example: "  whatsapp-courier numbers forget\n  whatsapp-courier numbers forget < numbers.txt",
					Args:    cobra.MaximumNArgs(1),
					RunE:    run(o, forgetNumbers),
				},
			}
		})
}

func forgetNumbers(ctx context.Context, s *session, args []string) error {
	phones, err := s.numbers(args)
	if err != nil {
		return err
	}
	for _, phone := range phones {
		var told struct {
			Deliveries int `json:"deliveries"`
		}
		if _, err := s.get(ctx, http.MethodPost, "forget", nil, ofNumber(phone), &told); err != nil {
			return fmt.Errorf("%s: %w", phone.Masked(), err)
		}
		text := fmt.Sprintf("%s is forgotten; deliveries that have lost it: %d", phone.Masked(), told.Deliveries)
		if err := s.told(map[string]any{"to": phone.Masked(), "done": "is forgotten", "deliveries": told.Deliveries}, text); err != nil {
			return err
		}
	}
	return nil
}

// told prints what was done.
func (s *session) told(what map[string]any, text string) error {
	answer, err := json.Marshal(what)
	if err != nil {
		return err
	}
	return s.line(answer, text)
}

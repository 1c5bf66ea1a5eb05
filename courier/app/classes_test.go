package app

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

func TestWhatHasToBeRepairedIsLoggedAsAnError(t *testing.T) {
	t.Parallel()
	for _, class := range courier.Classes() {
		log := &output{}
		o := &observer{log: newLogger(&Config{}, Options{Log: log}), metrics: newMetrics(nil)}
		o.Attempted(courier.Delivery{}, courier.Attempt{Channel: courier.SMS, State: courier.AttemptFailed, Class: class})
		require.Equal(t, class.Traits().Alarm(), strings.Contains(log.String(), "level=error"), class)
	}
}

// The description of a snippet lists the classes that it may give.
func TestSchemaListsTheClassesOfSnippets(t *testing.T) {
	t.Parallel()
	var classes []string
	for _, class := range courier.Classes() {
		if class.Traits().InSnippets {
			classes = append(classes, string(class))
		}
	}
	listed := regexp.MustCompile(`class \(([^)]*)\)`).FindAllSubmatch(Schema, -1)
	require.Len(t, listed, 2, "sms.http.message_id and sms.http.receipt")
	for _, list := range listed {
		require.ElementsMatch(t, classes, strings.Split(string(list[1]), ", "))
	}
}

package hooks

import (
	"bytes"
	"encoding/json"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// layOut puts changes into entries: two statuses share a value, two values share
// an entry, so that a batch shows all ways in which Meta may group.
func layOut(changes []change) []hookEntry {
	var entries []hookEntry
	for i, c := range changes {
		last := len(entries) - 1
		v, isStatus := c.value.(messagesValue)
		isStatus = isStatus && len(v.Statuses) == 1 && len(v.Contacts) == 0
		if isStatus && i%4 == 1 {
			if prev := &entries[last].Changes[len(entries[last].Changes)-1]; prev.Field == c.field {
				if w, ok := prev.Value.(messagesValue); ok && len(w.Statuses) == 1 && len(w.Contacts) == 0 {
					w.Statuses = append(w.Statuses[:1:1], v.Statuses[0])
					prev.Value = w
					continue
				}
			}
		}
		if i%4 == 0 || i%4 == 3 || entries[last].Time != c.time {
			entries = append(entries, hookEntry{ID: world.WABAID, Time: c.time})
			last++
		}
		entries[last].Changes = append(entries[last].Changes, hookChange{Value: c.value, Field: c.field})
	}
	return entries
}

// encodeHook writes a body exactly as it goes over the wire.
func encodeHook(changes []change) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(hookBody{Object: "whatsapp_business_account", Entry: layOut(changes)}); err != nil {
		panic(err) // our own types always marshal
	}
	return escapeASCII(bytes.TrimSpace(b.Bytes()))
}

package smsapi

import (
	"encoding/json"
	"net/http"
)

func write(w http.ResponseWriter, status int, answer []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(answer) // a client that has gone needs no answer
}

// marshal writes an answer of ours, which always can be written.
func marshal(body any) json.RawMessage {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return raw
}

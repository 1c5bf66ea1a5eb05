package main

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
)

// writeAddresses replaces the file in one step, so that it is never read half-written.
func writeAddresses(path, apiURL, controlURL string) error {
	addresses := map[string]string{}
	for name, raw := range map[string]string{"api": apiURL, "control": controlURL} {
		u, err := url.Parse(raw)
		if err != nil {
			return err
		}
		addresses[name] = u.Host
	}
	raw, err := json.Marshal(addresses)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".addresses-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone after the rename
	if _, err := tmp.Write(raw); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

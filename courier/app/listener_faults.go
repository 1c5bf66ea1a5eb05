package app

import (
	"strings"
)

// longestSocket is how long a socket's path may be in every system that we know.
const longestSocket = 103

// listenerFaults are listeners that cannot be opened as they are configured.
func (c *Config) listenerFaults() []string {
	return append(c.Serve.Private.faults("serve.private"), c.Serve.Public.faults("serve.public")...)
}

func (l Listener) faults(section string) []string {
	var faults []string
	require := func(ok bool, path, text string) {
		if !ok {
			faults = append(faults, at(section+"."+path, text))
		}
	}
	if path, unix := strings.CutPrefix(l.Host, unixPrefix); unix {
		require(path != "" && len(path) <= longestSocket, "host", "a unix socket must have a path of at most 103 bytes, such as unix:/run/whatsapp-courier/public.sock")
	}
	require(l.TLS.Cert.Path == "" || l.TLS.Key.Path != "", "tls.key.path", "missing; tls.cert.path needs it")
	require(l.TLS.Key.Path == "" || l.TLS.Cert.Path != "", "tls.cert.path", "missing; tls.key.path needs it")
	require(l.TLS.ClientCA.Path == "" || l.TLS.Cert.Path != "", "tls.cert.path", "missing; clients have certificates with HTTPS only")
	require(len(l.TLS.ClientNames) == 0 || l.TLS.ClientCA.Path != "", "tls.client_ca.path", "missing; without it clients are asked for no certificate")
	if len(faults) == 0 {
		if _, err := loadCertificates(section+".tls", l.TLS); err != nil {
			faults = append(faults, strings.Split(err.Error(), "\n")...)
		}
	}
	return faults
}

{{- /* What cannot work, or would show a secret, is refused before anything is changed. */}}
{{- define "courier.checks" -}}
{{- if eq .Values.database.kind "sqlite" }}
{{- if or (gt (int .Values.replicas) 1) .Values.autoscaling.enabled }}
{{- fail "replicas: SQLite is for one replica. Set database.kind to postgres, or replicas to 1 and autoscaling.enabled to false." }}
{{- end }}
{{- end }}
{{- if and .Values.autoscaling.enabled (lt (int .Values.autoscaling.max) (int .Values.autoscaling.min)) }}
{{- fail "autoscaling.max: is less than autoscaling.min." }}
{{- end }}
{{- if include "courier.set" (list .Values.config "dsn") }}
{{- fail "config.dsn: the chart sets it for SQLite, and takes it from a Secret for PostgreSQL. Set database.kind, and put a dsn of PostgreSQL into the Secret." }}
{{- end }}
{{- range $part := list "private" "public" }}
{{- $listener := index (include "courier.config" $ | fromYaml).serve $part }}
{{- if hasPrefix "unix:" $listener.host }}
{{- fail (printf "config.serve.%s.host: no Service leads to a unix socket. Leave it out." $part) }}
{{- end }}
{{- if and (eq $part "private") (include "courier.set" (list $listener "tls.client_ca.path")) }}
{{- range dig "tls" "client_paths" (list "/") $listener }}
{{- if hasPrefix . "/health/ready" }}
{{- fail "config.serve.private.tls.client_paths: Kubernetes asks /health without a certificate. Name only what needs one, such as /kratos and /admin." }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- range $route := .Values.config.sms | default dict | dig "routes" list }}
{{- range $secret := list "proxy_url" "twilio.auth_token" "twilio.callback_auth_tokens" "http.auth" "http.callback.api_keys" "http.callback.basic_auth" }}
{{- if include "courier.set" (list $route $secret) }}
{{- fail (printf "config.sms.routes: %s is a secret, and config becomes a ConfigMap that many can read. Put sms.routes into the Secret %s (secrets.file)." $secret $.Values.secrets.existingSecret) }}
{{- end }}
{{- end }}
{{- end }}
{{- range list "secrets" "kratos.api_keys" "kratos.basic_auth" "kratos.admin_token" "admin.api_keys" "whatsapp.access_token" "whatsapp.app_secrets" "whatsapp.verify_token" "whatsapp.proxy_url" "sms.proxy_url" "sms.twilio.auth_token" "sms.twilio.callback_auth_tokens" "sms.http.auth" "sms.http.callback.api_keys" "sms.http.callback.basic_auth" "tracing.providers.otlp.authorization_header" }}
{{- if include "courier.set" (list $.Values.config .) }}
{{- fail (printf "config.%s: is a secret, and config becomes a ConfigMap that many can read. Put it into the Secret %s (secrets.file or secrets.env)." . $.Values.secrets.existingSecret) }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Not empty if a map has a setting: (list map "path.of.setting"). */}}
{{- define "courier.set" -}}
{{- $node := index . 0 }}
{{- range splitList "." (index . 1) }}
{{- $node = ternary (get (ternary $node dict (kindIs "map" $node)) .) "" (kindIs "map" $node) }}
{{- end }}
{{- if $node }}set{{ end }}
{{- end }}

{{- /* What the courier's pod and the migration's have in common: who they run as, and where. */}}
{{- define "courier.pod" -}}
enableServiceLinks: false # A Service named kratos would set KRATOS_PORT, which looks like a setting.
automountServiceAccountToken: false
{{- with .Values.serviceAccountName }}
serviceAccountName: {{ . }}
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- /* And their containers. */}}
{{- define "courier.container" -}}
image: {{ include "courier.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- with include "courier.env" . | trim }}
env: {{- . | nindent 2 }}
{{- end }}
resources: {{- toYaml .Values.resources | nindent 2 }}
{{- end }}

{{- define "courier.env" -}}
{{- if eq .Values.database.kind "postgres" }}
- name: DSN
  valueFrom:
    secretKeyRef:
      name: {{ default .Values.secrets.existingSecret .Values.database.postgres.secret }}
      key: {{ .Values.database.postgres.key }}
{{- end }}
{{- range $variable, $key := .Values.secrets.env }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.secrets.existingSecret }}
      key: {{ $key }}
{{- end }}
{{- range $variable, $value := .Values.env }}
- name: {{ $variable }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- /* --config for each file that is there. */}}
{{- define "courier.files" -}}
- --config=/etc/whatsapp-courier/courier.yml
{{- if .Values.secrets.file }}
- --config=/etc/whatsapp-courier/secrets.yml
{{- end }}
{{- end }}

{{- define "courier.mounts" -}}
- name: config
  mountPath: /etc/whatsapp-courier
  readOnly: true
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The configuration's files in one folder: (list root "name of the ConfigMap"). */}}
{{- define "courier.volumes" -}}
{{- $root := index . 0 }}
- name: config
  projected:
    defaultMode: 0440
    sources:
      - configMap:
          name: {{ index . 1 }}
      {{- with $root.Values.secrets.file }}
      - secret:
          name: {{ $root.Values.secrets.existingSecret }}
          items:
            - key: {{ . }}
              path: secrets.yml
      {{- end }}
{{- with $root.Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

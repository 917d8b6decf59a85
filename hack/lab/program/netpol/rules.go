package netpol

import (
	"fmt"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// ingressRules allow packets to pod. Named ports are the pod's own.
func (w world) ingressRules(pod *core.Pod, rule networking.NetworkPolicyIngressRule) []string {
	self := []*core.Pod{pod}
	if len(rule.From) == 0 {
		return allow("", rule.Ports, self)
	}
	var rules []string
	for _, peer := range rule.From {
		if isIPv6(peer.IPBlock) {
			continue // nobody here has such an address
		}
		if peer.IPBlock != nil {
			rules = append(rules, allow(matchBlock("saddr", peer.IPBlock), rule.Ports, self)...)
		} else if peers := w.peers(pod.Namespace, peer); len(peers) > 0 {
			rules = append(rules, allow(matchPods("saddr", peers), rule.Ports, self)...)
		}
	}
	return rules
}

// egressRules allow packets from pod. Named ports are looked up in the pods that are the destination.
func (w world) egressRules(pod *core.Pod, rule networking.NetworkPolicyEgressRule) []string {
	if len(rule.To) == 0 {
		return allow("", rule.Ports, w.pods)
	}
	var rules []string
	for _, peer := range rule.To {
		if isIPv6(peer.IPBlock) {
			continue // nobody here has such an address
		}
		if peer.IPBlock != nil {
			rules = append(rules, allow(matchBlock("daddr", peer.IPBlock), rule.Ports, nil)...)
		} else if peers := w.peers(pod.Namespace, peer); len(peers) > 0 {
			rules = append(rules, allow(matchPods("daddr", peers), rule.Ports, peers)...)
		}
	}
	return rules
}

func isIPv6(block *networking.IPBlock) bool {
	return block != nil && strings.Contains(block.CIDR, ":")
}

func allow(match string, ports []networking.NetworkPolicyPort, destinations []*core.Pod) []string {
	var rules []string
	for _, port := range matchPorts(ports, destinations) {
		rules = append(rules, strings.TrimSpace(match+" "+port)+" return")
	}
	return rules
}

func (w world) peers(namespace string, peer networking.NetworkPolicyPeer) []*core.Pod {
	var peers []*core.Pod
	for _, pod := range w.pods {
		if !hasAddress(pod) {
			continue
		}
		if peer.NamespaceSelector == nil && pod.Namespace != namespace {
			continue
		}
		if peer.NamespaceSelector != nil && !selects(peer.NamespaceSelector, w.namespaceLabels[pod.Namespace]) {
			continue
		}
		if peer.PodSelector == nil || selects(peer.PodSelector, pod.Labels) {
			peers = append(peers, pod)
		}
	}
	return peers
}

func matchPods(field string, pods []*core.Pod) string {
	addresses := make([]string, len(pods))
	for i, pod := range pods {
		addresses[i] = pod.Status.PodIP
	}
	return fmt.Sprintf("ip %s { %s }", field, strings.Join(addresses, ", "))
}

func matchBlock(field string, block *networking.IPBlock) string {
	match := fmt.Sprintf("ip %s %s", field, block.CIDR)
	if len(block.Except) > 0 {
		match += fmt.Sprintf(" ip %s != { %s }", field, strings.Join(block.Except, ", "))
	}
	return match
}

// matchPorts: one match for each port of a rule; the empty match is any port.
func matchPorts(ports []networking.NetworkPolicyPort, destinations []*core.Pod) []string {
	if len(ports) == 0 {
		return []string{""}
	}
	var matches []string
	for _, port := range ports {
		protocol := "tcp"
		if port.Protocol != nil {
			protocol = strings.ToLower(string(*port.Protocol))
		}
		switch {
		case port.Port == nil:
			matches = append(matches, "meta l4proto "+protocol)
		case port.Port.Type == intstr.Int && port.EndPort != nil:
			matches = append(matches, fmt.Sprintf("%s dport %d-%d", protocol, port.Port.IntVal, *port.EndPort))
		case port.Port.Type == intstr.Int:
			matches = append(matches, fmt.Sprintf("%s dport %d", protocol, port.Port.IntVal))
		default:
			matches = append(matches, matchNamedPort(port.Port.StrVal, protocol, destinations)...)
		}
	}
	return matches
}

func matchNamedPort(name, protocol string, destinations []*core.Pod) []string {
	var matches []string
	for _, pod := range destinations {
		if !hasAddress(pod) {
			continue
		}
		for _, container := range pod.Spec.Containers {
			for _, port := range container.Ports {
				if port.Name == name && strings.EqualFold(string(port.Protocol), protocol) {
					matches = append(matches, fmt.Sprintf("ip daddr %s %s dport %d", pod.Status.PodIP, protocol, port.ContainerPort))
				}
			}
		}
	}
	return matches
}
